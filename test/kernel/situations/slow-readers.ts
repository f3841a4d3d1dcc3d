/** The peer does not read: its kernel's buffer fills, and ours. That is no end, and nothing is lost. */
import type { Expected, Situation } from '../stage/situation.ts';
import { ALL } from './expectations.ts';

/** 8 MiB. */
const MUCH = { count: 64, bytes: 128 * 1024 };
const BUSY_MS = 300;

const NOTHING: Expected = {
  states: ['dialing', 'open'],
  cause: null,
  events: [],
  peer: { states: ['open'], cause: null, handled: MUCH.count, events: [] },
};

export const SLOW_READERS: readonly Situation[] = [
  {
    name: 'slow-reader',
    title: 'The peer stops reading its socket while we send 8 MiB, and goes on later',
    transports: ALL,
    place: 'loopback',
    watchMs: 400,
    happen: async (stage) => {
      await stage.open();
      await stage.peer.tell({ do: 'stop-reading' });
      stage.mark();
      await stage.observer.tell({ do: 'send', id: stage.id, ...MUCH });
      await stage.observerCaughtUp();
      await stage.peer.tell({ do: 'busy', ms: BUSY_MS });
      await stage.peer.tell({ do: 'go-on-reading' });
      await stage.peerHandled(MUCH.count);
    },
    expected: NOTHING,
  },
  {
    name: 'busy-reader',
    title: 'The event loop of the peer is busy while we send 8 MiB',
    transports: ALL,
    place: 'loopback',
    watchMs: 400,
    happen: async (stage) => {
      await stage.open();
      stage.mark();
      stage.peer.throwIn({ do: 'busy', ms: BUSY_MS });
      await stage.observer.tell({ do: 'send', id: stage.id, ...MUCH });
      await stage.peerHandled(MUCH.count);
    },
    expected: NOTHING,
  },
];
