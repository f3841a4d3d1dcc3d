/** What is said over the channel between a test and its peer (raw-peer.ts). */
import type { BatchPlan } from './schedule-plan.ts';

/** Said to the peer. */
export type PeerOrder =
  | {
      readonly type: 'batch';
      readonly plan: BatchPlan;
      readonly port: number | null;
      readonly tls: { key: string; cert: string };
    }
  /** Write, then strike. The file is made once every fault has struck, or right before the process kills itself. */
  | { readonly type: 'go'; readonly mark: string };

/** Said by the peer. */
export type PeerWord =
  | { readonly type: 'listening'; readonly port: number }
  /** The ports of the sides that dialed, as the plan counts the connections. */
  | { readonly type: 'ready'; readonly ports: readonly number[] }
  | { readonly type: 'struck'; readonly arrivals: readonly Arrival[] };

/** What must have arrived of one connection, by the word of the peer's kernel. */
export interface Arrival {
  /** The port of the side that dialed. */
  readonly port: number;
  readonly index: number;
  readonly writtenBytes: number;
  readonly arrivedBytes: number;
}
