/**
 * One person in the room, as a recipient: nobody waits for it.
 *
 * A message counts as unsettled until the member's client has handled it. A member that falls too far behind is spared what is
 * said until it has caught up, and is then told how much it missed. So a slow client costs a bounded amount of memory, never slows the
 * others down, and knows that there is a hole.
 */
import type { MessageKey, ServerSession } from '@heartwire/core';
import type { Chat } from '../contract.ts';

/** With lines of ordinary length this is some hundred kilobytes for a client that has stopped listening. */
const MAX_UNSETTLED = 1000;

export class Member {
  readonly name: string;
  readonly #session: ServerSession<Chat>;
  readonly #whoIsOnline: () => readonly string[];
  #unsettled = 0;
  #missedLines = 0;
  #isBehind = false;

  constructor(name: string, session: ServerSession<Chat>, whoIsOnline: () => readonly string[]) {
    this.name = name;
    this.#session = session;
    this.#whoIsOnline = whoIsOnline;
  }

  /** The name that it asked for. */
  get wantedName(): string {
    return this.#session.auth.name;
  }

  /** Tells the member something, or leaves it out while the member is behind. */
  tell<K extends MessageKey<Chat['down']>>(type: K, data: Chat['down'][K]): void {
    if (this.#unsettled >= MAX_UNSETTLED) this.#isBehind = true;
    if (!this.#isBehind) this.#send(type, data);
    else if (type === 'said') this.#missedLines += 1;
  }

  #send(type: MessageKey<Chat['down']>, data: unknown): void {
    this.#unsettled += 1;
    const settled = (): void => this.#settled();
    this.#session.send(type, data as never).then(settled, settled);
  }

  #settled(): void {
    this.#unsettled -= 1;
    if (!this.#isBehind || this.#unsettled > MAX_UNSETTLED / 2) return;
    this.#isBehind = false;
    const lines = this.#missedLines;
    this.#missedLines = 0;
    this.#send('missed', { lines, online: this.#whoIsOnline() });
  }
}
