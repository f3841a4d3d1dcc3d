/**
 * A page that a test hides, freezes and wakes, and the clock of what runs in it: while it is hidden, timers go off on whole minutes only (or whatever the test says), and while it is frozen not at
 * all. Harder than any browser, which is so slow only with timers that were set by timers.
 */
import type { Clock } from '@heartwire/core';
import { DeadlineQueue } from '../../packages/core/src/runtime/deadline-queue.ts';
import type { PageScope } from '../../packages/core/src/runtime/platform.ts';

class FakeDocument extends EventTarget {
  visibilityState: 'visible' | 'hidden' = 'visible';
}

export class FakePage extends EventTarget implements PageScope {
  readonly document: FakeDocument = new FakeDocument();
  isFrozen = false;
  /** What waits for the page to be awake. */
  readonly held = new Set<() => void>();

  get isHidden(): boolean {
    return this.document.visibilityState === 'hidden';
  }

  hide(): void {
    this.#look('hidden');
  }

  show(): void {
    this.#look('visible');
    this.#release();
  }

  freeze(): void {
    this.isFrozen = true;
    this.document.dispatchEvent(new Event('freeze'));
  }

  resume(): void {
    this.isFrozen = false;
    this.document.dispatchEvent(new Event('resume'));
    this.#release();
  }

  /** Events of the page that is left for another one, and come back to. */
  leave({ persisted }: { persisted: boolean }): void {
    this.dispatchEvent(Object.assign(new Event('pagehide'), { persisted }));
  }

  comeBack({ persisted }: { persisted: boolean }): void {
    this.dispatchEvent(Object.assign(new Event('pageshow'), { persisted }));
  }

  goOnline(): void {
    this.dispatchEvent(new Event('online'));
  }

  #look(state: 'visible' | 'hidden'): void {
    this.document.visibilityState = state;
    this.document.dispatchEvent(new Event('visibilitychange'));
  }

  #release(): void {
    for (const callback of this.held) callback();
  }
}

/** What the page's program gives to `connect`. */
export function pageClock(clock: Clock, page: FakePage, throttleMs = 60_000): Clock {
  const own: Clock = {
    now: () => clock.now(),
    get epochOffset() {
      return clock.epochOffset;
    },
    schedule(callback, delayMs) {
      let cancel: () => void;
      const call = (): void => {
        cancel();
        page.held.delete(call);
        callback();
      };
      const look = (): void => {
        if (!page.isFrozen && (!page.isHidden || clock.now() % throttleMs === 0)) return call();
        page.held.add(call);
        cancel = clock.schedule(look, throttleMs - (clock.now() % throttleMs));
      };
      cancel = clock.schedule(look, delayMs);
      return () => {
        cancel();
        page.held.delete(call);
      };
    },
  };
  DeadlineQueue.of(own, page);
  return own;
}
