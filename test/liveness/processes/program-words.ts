/** What a test and the processes beside it say to each other. */
import type { HeartbeatOptions, HeartbeatPreset } from '@heartwire/core';
import type { Verdict } from './verdicts.ts';

export interface ServerArguments {
  readonly heartbeat: HeartbeatPreset | HeartbeatOptions;
  readonly transport: 'tcp' | 'ws';
}

export interface CrowdArguments {
  readonly address: string;
  readonly count: number;
  readonly name: string;
  readonly heartbeat: HeartbeatPreset | HeartbeatOptions;
}

/** To a process. */
export type Order =
  | { readonly do: 'report' }
  /** Block the event loop. */
  | { readonly do: 'block'; readonly ms: number }
  /** Send one message from each session, and follow what becomes of it. */
  | { readonly do: 'send' };

export interface Report {
  readonly open: number;
  readonly verdicts: readonly Verdict[];
  readonly events: Readonly<Record<string, number>>;
  readonly losses: Readonly<Record<string, number>>;
  /** Of the server: what it says of itself. */
  readonly serverEvents: Readonly<Record<string, number>>;
  /** Numbers that were handled, of every session together, and those that came twice. */
  readonly handled: number;
  readonly duplicated: number;
  /** Of what was sent: how many were handled, by what the sender was told, and how many failed. */
  readonly confirmed: number;
  readonly failed: number;
  readonly timers: number;
  /** Of the processor, in microseconds, since the process began. */
  readonly cpuUs: number;
}
