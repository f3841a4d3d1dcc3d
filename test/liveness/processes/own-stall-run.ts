/**
 * A server that stands still for a while under many sessions, and some of whose clients die meanwhile: what it says of them afterwards (promise P13).
 *
 * The clients are patient, so that only the side that stood still has anything to say.
 */
import type { ChildProcess } from 'node:child_process';
import type { HeartbeatPreset } from '@heartwire/core';
import { HEARTBEAT_PRESETS } from '../../../packages/core/src/connection/heartbeat-preset.ts';
import { ask, pause, type Processes } from './processes.ts';

export interface OwnStallOptions {
  readonly heartbeat: HeartbeatPreset;
  readonly sessions: number;
  /** Clients in a process that is stopped, for ever, while the server stands still. */
  readonly doomed: number;
  /** `block`: its event loop; `stop`: SIGSTOP. */
  readonly how: 'block' | 'stop';
  readonly stallMs: number;
  /** The bounds of the preset, counted from the end of the stall. */
  readonly suspectMaxMs: number;
  readonly deadMaxMs: number;
}

export interface OwnStallResult {
  /** Verdicts of the server on clients that lived: `suspect`, `stalled` and `dead`. */
  readonly falseVerdicts: number;
  /** Sessions of those that are still open, by both sides, and whose connection never ended. */
  readonly openAtServer: number;
  readonly openAtClients: number;
  readonly lostConnections: number;
  /** When each of the dead clients was found out, counted from the end of the stall. */
  readonly suspectAfterMs: readonly number[];
  readonly deadAfterMs: readonly number[];
}

/** What a busy machine needs to tell us. */
const SETTLE_MS = 1500;

export async function runOwnStall(processes: Processes, options: OwnStallOptions): Promise<OwnStallResult> {
  const { heartbeat, sessions, doomed, stallMs, deadMaxMs } = options;
  const interval = HEARTBEAT_PRESETS[heartbeat].intervalMs;
  const patient = { interval, suspectAfter: 4 * stallMs + 60_000, deadAfter: 8 * stallMs + 120_000 };
  const { child: server, address } = await processes.server({ heartbeat, transport: 'tcp' });
  const living = await processes.crowd({ address, count: sessions, name: 'living', heartbeat: patient });
  const dying = await processes.crowd({ address, count: doomed, name: 'doomed', heartbeat: patient });
  await pause(SETTLE_MS);
  const unblocked = stall(server, options);
  await pause(stallMs / 2);
  dying.kill('SIGSTOP');
  const endedAtMs = await unblocked;
  await pause(deadMaxMs + SETTLE_MS);
  const [ofServer, ofClients] = [await ask(server, { do: 'report' }), await ask(living, { do: 'report' })];
  const after = (wanted: string): number[] =>
    ofServer.verdicts
      .filter(({ of, status }) => of === 'doomed' && status === wanted)
      .map(({ atMs }) => atMs - endedAtMs);
  return {
    falseVerdicts: ofServer.verdicts.filter(({ of }) => of === 'living').length + ofClients.verdicts.length,
    openAtServer: ofServer.open,
    openAtClients: ofClients.open,
    lostConnections: Object.values(ofClients.losses).reduce((sum, each) => sum + each, 0),
    suspectAfterMs: after('suspect'),
    deadAfterMs: after('dead'),
  };
}

/** Resolves with the time of day at which the server went on. */
async function stall(server: ChildProcess, { how, stallMs }: OwnStallOptions): Promise<number> {
  if (how === 'block') {
    return (await ask<{ unblockedAtMs: number }>(server, { do: 'block', ms: stallMs })).unblockedAtMs;
  }
  server.kill('SIGSTOP');
  await pause(stallMs);
  server.kill('SIGCONT');
  return Date.now();
}
