/**
 * A server's process is killed under load and started again on its port, several times; what its client was told is held against what the server wrote
 * down before its handlers returned (promises P1, P2, P4).
 */
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect } from '@heartwire/core';
import { tcp } from '@heartwire/transport-tcp';
import { ws } from '@heartwire/transport-ws';
import { SeededRandom } from '../support/seeded-random.ts';
import { withDeadline } from '../support/with-deadline.ts';
import { bundleProgram, kill, nextMessage, type ProgramBundle } from './child-program.ts';
import { portOf } from './proxy.ts';
import { SteadyLoad, type MessageRecord } from './steady-load.ts';

export interface KilledServerOptions {
  readonly transport: 'tcp' | 'ws';
  readonly kills: number;
  readonly seed: number;
  readonly deadlineMs: number;
}

export interface KilledServerResult {
  readonly sent: number;
  readonly records: readonly MessageRecord[];
  /** The numbers that the servers wrote down, one after the other. */
  readonly logged: readonly number[];
  readonly gaps: number;
  readonly kills: number;
  readonly seconds: number;
}

const LOAD = { underWay: 400, sendTimeoutMs: 2000, timeoutMs: 100 } as const;
/** One kill of so many comes as soon as the server listens: its client is shaking hands. */
const EARLY_EACH = 4;
const HANDLED_BETWEEN_KILLS = [200, 3000] as const;
/** Messages that are sent before every other restart; most of them run out of time while nobody is there. */
const SENT_WHILE_DOWN = 200;

export async function runKilledServer(options: KilledServerOptions): Promise<KilledServerResult> {
  const folder = mkdtempSync(path.join(tmpdir(), 'heartwire-killed-'));
  const bundle = await bundleProgram('logging-server');
  try {
    return await killAgainAndAgain(options, bundle, path.join(folder, 'log'));
  } finally {
    bundle.remove();
    rmSync(folder, { recursive: true });
  }
}

async function killAgainAndAgain(
  { transport, kills, seed, deadlineMs }: KilledServerOptions,
  bundle: ProgramBundle,
  log: string,
): Promise<KilledServerResult> {
  const startedAtMs = performance.now();
  const random = new SeededRandom(seed);
  let child: ChildProcess = bundle.start([transport, '0', log]);
  const address = await nextMessage<string>(child);
  const client = connect(transport === 'ws' ? ws(address) : tcp(address), {
    reconnect: { initial: 10, max: 50 },
    sendTimeout: LOAD.sendTimeoutMs,
  });
  let gaps = 0;
  client.events$.subscribe(({ type }) => {
    if (type === 'gap') gaps += 1;
  });
  const load = new SteadyLoad(client, LOAD);
  const wait = (promise: Promise<void>, what: string): Promise<void> =>
    withDeadline(deadlineMs, promise, () => `${what}; ${load.records.length} of ${load.sent} are decided`);
  const runOutOfTime = (): Promise<void> => {
    const enough = load.more(SENT_WHILE_DOWN / 2, 'not-delivered');
    load.burst(SENT_WHILE_DOWN);
    return wait(enough, 'messages running out of time');
  };
  try {
    await client.ready;
    load.start();
    for (let round = 0; round < kills; round += 1) {
      const isEarly = round % EARLY_EACH === 2;
      if (!isEarly) await wait(load.more(random.integer(...HANDLED_BETWEEN_KILLS), 'handled'), 'load');
      await kill(child);
      if (round % 2 === 1) await runOutOfTime();
      child = bundle.start([transport, String(portOf(address)), log]);
      await nextMessage(child);
    }
    await wait(load.more(HANDLED_BETWEEN_KILLS[0], 'handled'), 'the last server to be found');
    await wait(load.stop(), 'the fate of everything');
  } finally {
    client.destroy();
    await kill(child);
  }
  const logged = readFileSync(log, 'utf8').split('\n').slice(0, -1).map(Number);
  const seconds = (performance.now() - startedAtMs) / 1000;
  return { sent: load.sent, records: load.records, logged, gaps, kills, seconds };
}
