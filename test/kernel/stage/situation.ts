/**
 * A situation: something that happens to an open connection or to a dial, and what the side that dialed must see of it.
 *
 * `happen` brings it about with the real thing: system calls of the peer, signals to its process, faults of a network. What is seen is
 * collected by the stage, from the moment `happen` calls `stage.mark()` until the connection is closed or `watchMs` have passed.
 */
import type { PeerCommand, TransportName } from '../programs/word.ts';
import type { Stage } from './stage.ts';

export interface Situation {
  /** Kebab-case; names the row. */
  readonly name: string;
  /** A sentence for the table: what happens. */
  readonly title: string;
  readonly transports: readonly TransportName[];
  /**
   * Where: on loopback, or between network namespaces, which need the right to make them. `served` is loopback, too, but told from the
   * side that listens.
   */
  readonly place: 'loopback' | 'namespaces' | 'served';
  /** How long to watch when the kernel says nothing, in milliseconds. Default: 2,000. */
  readonly watchMs?: number;
  /** How long to watch the other side when its kernel says nothing, in milliseconds. Default: until a moment after the observer has seen its end. */
  readonly peerWatchMs?: number;
  /** A second connection with this heartbeat runs beside, and its verdict is noted too. */
  readonly heartbeat?: { readonly interval: number; readonly suspectAfter: number; readonly deadAfter: number };
  /** How the peer listens, when it is not as always. */
  readonly listen?: Partial<Extract<PeerCommand, { do: 'listen' }>>;
  /** How many files and sockets the process of one side may have open; the process is for this situation alone. */
  readonly files?: { readonly observer?: number; readonly peer?: number };
  readonly happen: (stage: Stage) => Promise<void>;
  /** What must be seen, on Node 20. */
  readonly expected: Expected | ((transport: TransportName) => Expected);
  /** What else must be seen in a page, where the rule of in-browser.ts does not say it. */
  readonly inBrowser?: Partial<Expected>;
}

export interface Expected {
  /** As {@link Observation.states}. */
  readonly states: readonly string[];
  /** As {@link Observation.cause}; null: the kernel says nothing while it is watched. */
  readonly cause: string | null;
  /** The kernel's own words that must be there. */
  readonly evidence?: Readonly<Record<string, string | number | boolean>>;
  /** The cause as a person reads it must be like this. */
  readonly sentence?: RegExp;
  /** How many messages of the peer must have been handled, the one that `stage.open()` sends included. */
  readonly handled?: number;
  /** As {@link Observation.events}; not looked at when absent. */
  readonly events?: readonly string[];
  /** What the peer must see, where that is certain; not looked at when absent. */
  readonly peer?: ExpectedOfPeer;
  /** Not earlier than, and not later than, in milliseconds after the mark. Default: within 2,000. */
  readonly within?: readonly [number, number];
  /** What a heartbeat leads to, as {@link Performance.heartbeat}. Default: `dead`. */
  readonly verdict?: string;
  /** How long after the mark that is known at the latest, in milliseconds. Default: not compared. */
  readonly verdictByMs?: number;
}

/** The other side of the same situation. */
export interface ExpectedOfPeer {
  /** As {@link Observation.states}. Default: not compared. */
  readonly states?: readonly string[];
  /** As {@link Observation.cause}; null: nothing while it is watched. Default: not compared. */
  readonly cause?: string | null;
  /** How many messages it must have handled. */
  readonly handled?: number;
  /** As {@link Observation.events}. Default: not compared. */
  readonly events?: readonly string[];
}

export function expectedOf({ expected }: Situation, transport: TransportName): Expected {
  return typeof expected === 'function' ? expected(transport) : expected;
}
