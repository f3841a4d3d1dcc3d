/** What the test and the two ends of a connection say to each other, over the channel of `fork`. Times are those of the machine's monotonic clock, which all its processes share. */
import type { HeartbeatPreset } from '@heartwire/core';

/** How an end is started: as the JSON of its first argument. */
export interface EndOptions {
  /** Where to dial; null: listen. */
  readonly dial: string | null;
  readonly host: string;
  /** 0: any. */
  readonly port: number;
  readonly transport: 'tcp' | 'ws';
  /** `false`: nobody judges, so that what remains is TCP. */
  readonly heartbeat: HeartbeatPreset | false;
  /** The largest message that it takes. */
  readonly messageMaxBytes: number;
}

export type Order =
  /** One message of so many bytes. */
  | { readonly do: 'send'; readonly bytes: number }
  /** Ask for a sign of life, again and again, with such a pause. */
  | { readonly do: 'ping'; readonly pauseMs: number }
  /** Small numbered messages, one at a time. */
  | { readonly do: 'talk'; readonly everyMs: number }
  /** Stop all of it, and wait for what becomes of it. */
  | { readonly do: 'hush' }
  | { readonly do: 'tell' };

export type Word =
  | { readonly say: 'listening'; readonly address: string }
  | {
      readonly say: 'state';
      readonly status: string;
      readonly cause: string | null;
      readonly atMs: number;
      readonly loopLagMs: number;
    }
  /** `loopLagMs`: how long this end itself stood still during the silence, which it takes off. `rto0Ms`: what it takes for the time of a first retransmission (PROTOCOL.md §11). */
  | {
      readonly say: 'verdict';
      readonly status: string;
      readonly atMs: number;
      readonly loopLagMs: number;
      readonly rto0Ms: number;
    }
  | { readonly say: 'sent'; readonly outcome: string; readonly tookMs: number }
  | { readonly say: 'hushed' }
  | { readonly say: 'told'; readonly report: EndReport };

export interface EndReport {
  /** From the call to the answer. */
  readonly pingsMs: readonly number[];
  /** Small messages: sent, how they ended, and those of the other end. */
  readonly sent: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly arrived: number;
  readonly duplicated: number;
  readonly reordered: number;
  /** The size of each large one of the other end. */
  readonly largeBytes: readonly number[];
}

/** Now, on the clock that all processes of the machine share. */
export function machineNowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
