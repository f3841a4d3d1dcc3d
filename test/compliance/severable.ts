// A connection that a case can cut wherever it wants to, over any transport.
import type { Dialer, Link, LinkSink } from '@heartwire/core';

export interface Severable {
  readonly dialer: Dialer;
  /** Connections that were made so far. */
  readonly made: number;
  /** Drops the connection that stands, if one does: both sides see it, and what was under way is lost. */
  cut(): void;
}

export function severable(dialer: Dialer): Severable {
  let current: Link | null = null;
  let made = 0;
  const watched = (sink: LinkSink): LinkSink => ({
    open(link) {
      current = link;
      made += 1;
      sink.open(link);
    },
    bytes: (chunk) => sink.bytes(chunk),
    drained: () => sink.drained(),
    readEnded: () => sink.readEnded(),
    closed(cause) {
      current = null;
      sink.closed(cause);
    },
  });
  return {
    dialer: { name: dialer.name, address: dialer.address, dial: (sink, signal) => dialer.dial(watched(sink), signal) },
    get made() {
      return made;
    },
    cut: () => current?.abort(),
  };
}

/** Comes back at once, also when the cause is our own doing, as it is where a case cuts. */
export const COMES_BACK = { reconnect: { initial: 5, when: (): boolean => true } } as const;
