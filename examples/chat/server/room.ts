/** The one room: who is in it, what was said last, and who is told what. */
import type { ServerSession } from '@heartwire/core';
import type { Chat, Said } from '../contract.ts';
import { Member } from './member.ts';

const HISTORY_LINES = 50;

export class Room {
  readonly #members = new Map<string, Member>();
  readonly #history: Said[] = [];
  #lastAt = 0;

  get online(): readonly string[] {
    return [...this.#members.keys()];
  }

  /** Whether one of those who are here has presented itself with this name. */
  hasSomebodyCalled(name: string): boolean {
    return [...this.#members.values()].some((member) => member.wantedName === name);
  }

  /** Lets a session in under a name that nobody else has, and out again when it says goodbye or ends. A lost connection is neither. */
  enter(session: ServerSession<Chat>): Member {
    const name = this.#freeName(session.auth.name);
    const member = new Member(name, session, () => this.online);
    for (const other of this.#members.values()) other.tell('joined', { name });
    this.#members.set(name, member);
    member.tell('welcome', { name, online: this.online, history: [...this.#history] });
    session.state$.subscribe(({ status }) => {
      if (status === 'draining' || status === 'closed') this.#leave(member);
    });
    return member;
  }

  /** Gives a line its time, which no other line has. */
  stamp(from: string, text: string): Said {
    this.#lastAt = Math.max(Date.now(), this.#lastAt + 0.001);
    return { from, text, at: this.#lastAt };
  }

  /** Tells a line to everybody but its author, who knows. */
  publish(said: Said, author: Member): void {
    if (this.#history.push(said) > HISTORY_LINES) this.#history.shift();
    for (const member of this.#members.values()) if (member !== author) member.tell('said', said);
  }

  /** Everybody goes, and nobody has to be told of all the others. */
  dissolve(): void {
    this.#members.clear();
  }

  #leave(member: Member): void {
    if (this.#members.get(member.name) !== member) return;
    this.#members.delete(member.name);
    for (const other of this.#members.values()) other.tell('left', { name: member.name });
  }

  #freeName(wanted: string): string {
    if (!this.#members.has(wanted)) return wanted;
    for (let number = 2; ; number += 1) if (!this.#members.has(`${wanted} ${number}`)) return `${wanted} ${number}`;
  }
}
