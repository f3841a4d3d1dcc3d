/**
 * A situation: something that happens to an open connection or to a dial, and what the side that dialed must see of it.
 *
 * `happen` brings it about with the real thing: system calls of the peer, signals to its process, faults of a network. What is seen is
 * collected by the stage, from the moment `happen` calls `stage.mark()` until the connection is closed or `watchMs` have passed.
 */
import type { TransportName } from '../programs/word.ts';
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
  /** A second connection with this heartbeat runs beside, and its verdict is noted too. */
  readonly heartbeat?: { readonly interval: number; readonly suspectAfter: number; readonly deadAfter: number };
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
  /** Not earlier than, and not later than, in milliseconds after the mark. Default: within 1,000. */
  readonly within?: readonly [number, number];
}
