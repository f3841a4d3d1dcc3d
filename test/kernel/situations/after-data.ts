/**
 * Ends with data before them: everything that had arrived is handled first, also when our event loop stood still meanwhile.
 *
 * `stage.open()` has one message handled, which counts.
 */
import type { Expected, Situation } from '../stage/situation.ts';
import { ALL, finished, NETWORK, WEB } from './expectations.ts';
import type { Stage } from '../stage/stage.ts';
import { headOfBinary } from './ws-frames.ts';
import type { TransportName } from '../programs/word.ts';

const MESSAGES = { count: 50, bytes: 1_000 };
const HANDLED = MESSAGES.count + 1;

/** The beginning of a frame, and of a WebSocket message. */
function pieceOf(transport: TransportName): string {
  return WEB.includes(transport) ? headOfBinary(100) : Buffer.from([100]).toString('base64');
}

function reset(evidence: Expected['evidence']): Expected {
  return { states: ['dialing', 'open', 'closed'], cause: 'reset', handled: HANDLED, ...(evidence ? { evidence } : {}) };
}

async function sendAnd(stage: Stage, end: 'fin' | 'reset'): Promise<void> {
  await stage.peer.tell({ do: 'send', ...MESSAGES });
  await stage.peer.tell({ do: end });
}

/** A write of ours finds the connection gone, with the words of the peer still unread. */
const failedWrite = { count: 1, bytes: 10 };

export const AFTER_DATA: readonly Situation[] = [
  {
    name: 'fin-behind-data',
    title: 'The peer sends and then ends its direction (FIN)',
    transports: ALL,
    place: 'loopback',
    happen: async (stage) => {
      await stage.open();
      stage.mark();
      await sendAnd(stage, 'fin');
    },
    expected: (transport) => ({ ...finished(transport), handled: HANDLED }),
  },
  {
    name: 'fin-behind-data-busy',
    title: 'The same while our event loop is busy',
    transports: ALL,
    place: 'loopback',
    happen: async (stage) => {
      await stage.open();
      await stage.whileFrozen(() => sendAnd(stage, 'fin'));
    },
    expected: (transport) => ({ ...finished(transport), handled: HANDLED }),
  },
  {
    name: 'rst-behind-data-busy',
    title: 'The peer sends and then resets (RST), while our event loop is busy',
    transports: NETWORK,
    place: 'loopback',
    happen: async (stage) => {
      await stage.open();
      await stage.whileFrozen(() => sendAnd(stage, 'reset'));
    },
    expected: () => reset(undefined),
  },
  {
    name: 'rst-behind-data-busy-write',
    title: 'The same, and the first thing we do is a write',
    transports: NETWORK,
    place: 'loopback',
    happen: async (stage) => {
      await stage.open();
      await stage.whileFrozen(() => sendAnd(stage, 'reset'), failedWrite);
    },
    expected: () => reset({ errno: 'ECONNRESET', syscall: 'write' }),
  },
  {
    name: 'rst-behind-piece-busy',
    title:
      'The peer sends a piece of a message and resets (RST), while our event loop is busy; we have nothing to write that would fail',
    transports: NETWORK,
    place: 'loopback',
    happen: async (stage) => {
      await stage.open();
      await stage.whileFrozen(async () => {
        await stage.peer.tell({ do: 'write-secured', base64: pieceOf(stage.transport) });
        await stage.peer.tell({ do: 'reset' });
      });
    },
    expected: { states: ['dialing', 'open', 'closed'], cause: 'reset', handled: 1 },
  },
  {
    name: 'sigkill-behind-data-busy-write',
    title: 'The peer sends and its process is killed, while our event loop is busy; the first thing we do is a write',
    transports: ALL,
    place: 'loopback',
    happen: async (stage) => {
      await stage.open();
      await stage.whileFrozen(async () => {
        await stage.peer.tell({ do: 'send', ...MESSAGES });
        stage.peer.signal('SIGKILL');
        await stage.peer.close();
      }, failedWrite);
    },
    // The end of its stream (FIN) had arrived, but its kernel answers our write with a reset, before we have read anything.
    expected: () => reset(undefined),
  },
  {
    name: 'sigkill-unread',
    title: 'The process of the peer is killed with data of ours unread in its kernel: that is a reset (RST)',
    transports: ALL,
    place: 'loopback',
    happen: async (stage) => {
      await stage.open();
      await stage.peer.tell({ do: 'send', ...MESSAGES });
      await stage.handled(HANDLED);
      stage.peer.signal('SIGSTOP');
      await stage.observer.tell({ do: 'send', id: stage.id, count: 3, bytes: 100 });
      await stage.observerCaughtUp();
      stage.mark();
      stage.peer.signal('SIGKILL');
    },
    expected: () => reset({ errno: 'ECONNRESET', syscall: 'read' }),
  },
];
