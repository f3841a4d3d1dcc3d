/**
 * What a page or a worker is told of its own life, and what follows for those who measure time. Elsewhere than in browsers there is none, and nothing of this is made.
 *
 * - *hidden*: the platform throttles our timers, to one a second and after some minutes to one a minute, while messages are still read when they arrive. A late timer is no stall then.
 * - *frozen*: nothing of ours runs, until `resume`; or until `pageshow` where the page was kept for the way back. All of that time is a stall. Some platforms (Safari, a phone that
 *   locks) freeze without saying so.
 * - *woken*: shown, resumed, or on another network. What became of our connections meanwhile is not known, and no event tells: a WebSocket may call itself open for minutes and be dead.
 *
 * A worker has no document: it is told of the network and of nothing else, and its timers are not throttled.
 */
import type { Clock } from './clock.ts';
import type { PageEvents, PageScope } from './platform.ts';

export interface PageListener {
  /** The page is seen again; timers come in time from now on, and those that are late were held back until now. */
  shown(): void;
  /** Nothing of ours could run for so long until now. */
  thawed(frozenMs: number): void;
  /** The way to our peers may be another one. Comes last. */
  woken(): void;
}

export class PageLife {
  readonly #clock: Clock;
  readonly #listener: PageListener;
  #isHidden = false;
  /** Infinity: it is not frozen. */
  #frozenAtMs = Infinity;

  /** Listens for as long as the page lives. None of these events keeps a page from being kept for the way back. */
  constructor(scope: PageScope, clock: Clock, listener: PageListener) {
    this.#clock = clock;
    this.#listener = listener;
    const { document } = scope;
    const isHidden = (): boolean => document?.visibilityState === 'hidden';
    this.#isHidden = isHidden();
    const freeze = (): void => this.#freeze();
    const thaw = (): void => this.#thaw();
    listen(document, { visibilitychange: () => this.#look(isHidden()), freeze, resume: thaw });
    // Of a page that is not kept for the way back the first two say nothing.
    const ifKept = (act: () => void) => (isKept?: boolean) => isKept === true && act();
    listen(scope, { pagehide: ifKept(freeze), pageshow: ifKept(thaw), online: () => listener.woken() });
  }

  get isHidden(): boolean {
    return this.#isHidden;
  }

  /** For how long it was frozen, where nobody has said yet that it is over; 0: it was not. Said once. */
  takeFrozenMs(): number {
    const frozenMs = Math.max(0, this.#clock.now() - this.#frozenAtMs);
    this.#frozenAtMs = Infinity;
    return frozenMs;
  }

  #look(isHidden: boolean): void {
    if (isHidden === this.#isHidden) return;
    this.#isHidden = isHidden;
    if (isHidden) return;
    this.#listener.shown();
    this.#listener.woken();
  }

  #freeze(): void {
    this.#frozenAtMs = Math.min(this.#frozenAtMs, this.#clock.now());
  }

  /** A task that was due may have run before this event, and have noticed. */
  #thaw(): void {
    const frozenMs = this.takeFrozenMs();
    if (frozenMs > 0) this.#listener.thawed(frozenMs);
    this.#listener.woken();
  }
}

function listen(source: Partial<PageEvents> | undefined, acts: Record<string, (isKept?: boolean) => void>): void {
  for (const [type, act] of Object.entries(acts)) {
    source?.addEventListener?.(type, ({ persisted }) => act(persisted));
  }
}
