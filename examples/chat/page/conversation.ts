/**
 * One person's stay in the chat: what comes from the session goes to the screen.
 *
 * Nothing here reconnects. The session does that by itself, keeps what is written meanwhile, and says how it stands.
 */
import { connect, type CloseCause, type Session, type SessionEvent, type SessionState } from '@heartwire/core';
import { ws } from '@heartwire/transport-ws';
import type { Chat, Said, Welcome } from '../contract.ts';
import { Composer } from './composer.ts';
import { ConnectionBanner } from './connection-banner.ts';
import { CutButton } from './cut-button.ts';
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
  readonly #cutButton = new CutButton();
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
    // A page that is gone for good says so; otherwise its place in the room would be kept for it for a while.
    addEventListener('pagehide', ({ persisted }) => {
      if (!persisted) void this.#session?.close({ reason: 'the page was closed' });
    });
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
    const session = connect<Chat>(ws(`/hw?link=${this.#cutButton.linkName}`), {
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
    session.events$.subscribe(whileCurrent((event) => this.#showEvent(event)));
  }

  #showState(state: SessionState): void {
    this.#banner.show(state);
    this.#cutButton.enable(state.status === 'open');
    // Whatever is written while the connection is lost waits in the session.
    this.#composer.enable(state.status !== 'draining' && state.status !== 'closed');
    if (state.status === 'suspended') this.#liveness.showLost();
    if (state.status === 'closed') this.#handleEnd(state.cause);
  }

  #showEvent(event: SessionEvent): void {
    if (event.type === 'resumed') this.#banner.showResumed();
    if (event.type === 'gap') {
      this.#messages.addNote('The server has begun anew. What others said meanwhile may be missing here');
    }
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
    this.#liveness.showLost();
    // Only a name can be refused; everything else may be different the next time.
    if (cause.kind === 'refused' && cause.by === 'application') this.#leave(cause.message);
  }

  #leave(problem: string): void {
    const session = this.#session;
    this.#session = null;
    this.#banner.clear();
    this.#root.hidden = true;
    void session?.drain({ timeout: 2000, reason: 'left' });
    this.#onLeave(problem);
  }
}
