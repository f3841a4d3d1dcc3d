/** One person's stay in the chat: the session, and a new one when it was lost; what comes from it goes to the screen. */
import { connect, type CloseCause, type Session, type SessionState } from '@heartwire/core';
import { ws } from '@heartwire/transport-ws';
import type { Chat, Said, Welcome } from '../contract.ts';
import { Composer } from './composer.ts';
import { ConnectionBanner } from './connection-banner.ts';
import { byId } from './dom.ts';
import { LivenessDot } from './liveness-dot.ts';
import { MessageList } from './message-list.ts';
import type { OwnMessage } from './own-message.ts';
import { PeopleList } from './people-list.ts';
import { UnreadTitle } from './unread-title.ts';

export class Conversation {
  readonly #root = byId('chat');
  readonly #ownName = byId('own-name');
  readonly #messages = new MessageList();
  readonly #people = new PeopleList();
  readonly #liveness = new LivenessDot();
  readonly #unread = new UnreadTitle();
  readonly #banner = new ConnectionBanner(() => this.#open());
  readonly #composer = new Composer((text) => this.#say(text));
  readonly #onLeave: (problem: string) => void;
  #session: Session<Chat['up'], Chat['down']> | null = null;
  #name = '';
  /** The names that were ours: what they said is on the screen already. */
  readonly #ownNames = new Set<string>();
  #lastAt = 0;

  /** `onLeave` is called when the person has left, with a reason when the server did not accept the name. */
  constructor(onLeave: (problem: string) => void) {
    this.#onLeave = onLeave;
    byId('leave').addEventListener('click', () => this.#leave(''));
  }

  join(name: string): void {
    this.#name = name;
    this.#ownName.textContent = name;
    this.#messages.clear();
    this.#ownNames.clear();
    this.#lastAt = 0;
    this.#root.hidden = false;
    this.#open();
    this.#composer.focus();
  }

  #open(): void {
    const session = connect<Chat>(ws('/hw'), {
      auth: { name: this.#name },
      name: 'heartwire chat page',
      heartbeat: 'game',
    });
    this.#session = session;
    this.#follow(session);
  }

  /** A session that was left may have a last word, but not on this screen. */
  #follow(session: Session<Chat['up'], Chat['down']>): void {
    const whileCurrent =
      <T>(show: (data: T) => void): ((data: T) => void) =>
      (data) => {
        if (session === this.#session) show(data);
      };
    session.handle(
      'welcome',
      whileCurrent((welcome) => this.#enter(welcome)),
    );
    session.handle(
      'said',
      whileCurrent((said) => this.#hear(said)),
    );
    session.handle(
      'joined',
      whileCurrent(({ name }) => this.#showArrival(name)),
    );
    session.handle(
      'left',
      whileCurrent(({ name }) => this.#showDeparture(name)),
    );
    session.handle(
      'missed',
      whileCurrent((missed) => this.#showHole(missed)),
    );
    session.liveness$.subscribe(whileCurrent((liveness) => this.#liveness.show(liveness)));
    session.state$.subscribe(whileCurrent((state) => this.#showState(state)));
  }

  #showState(state: SessionState): void {
    this.#banner.show(state);
    this.#composer.enable(state.status === 'open' || state.status === 'connecting');
    if (state.status === 'closed') this.#handleEnd(state.cause);
  }

  #showArrival(name: string): void {
    this.#people.add(name);
    this.#messages.addNote(`${name} joined`);
  }

  #showDeparture(name: string): void {
    this.#people.remove(name);
    this.#messages.addNote(`${name} left`);
  }

  #showHole({ lines, online }: Chat['down']['missed']): void {
    this.#people.set(online);
    this.#messages.addNote(`${lines} messages came too fast for this page and are not shown`);
  }

  #enter({ name, online, history }: Welcome): void {
    this.#ownName.textContent = name;
    this.#people.set(online, name);
    for (const said of history) {
      if (said.at > this.#lastAt && !this.#ownNames.has(said.from)) this.#show(said);
    }
    this.#ownNames.add(name);
  }

  #hear(said: Said): void {
    this.#show(said);
    this.#unread.count();
  }

  #show(said: Said): void {
    this.#lastAt = said.at;
    this.#messages.addSaid(said);
  }

  #say(text: string): void {
    const session = this.#session;
    if (session === null) return;
    const message = this.#messages.addOwn(text, (failed: OwnMessage) => this.#say(failed.text));
    message.follow(session.send('say', { text }));
  }

  #handleEnd(cause: CloseCause): void {
    this.#people.set([]);
    this.#liveness.show({ ...this.#session!.liveness$.value, status: 'dead' });
    // Only a name can be refused; everything else may be different the next time.
    if (cause.kind === 'refused' && cause.by === 'application') this.#leave(cause.message);
  }

  #leave(problem: string): void {
    const session = this.#session;
    this.#session = null;
    this.#root.hidden = true;
    void session?.drain({ timeout: 2000, reason: 'left' });
    this.#onLeave(problem);
  }
}
