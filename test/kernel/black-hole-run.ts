/** A session whose network begins to drop every packet without a word: when each end suspects the other, when it calls it dead, and what became of the messages once the network is whole again (promises P3, P11). */
import type { HeartbeatPreset } from '@heartwire/core';
import type { ProgramBundle } from '../support/program-bundle.ts';
import { machineNowMs, type EndReport } from './verdicts/end-word.ts';
import { acquaint, boundMs, reportsOf, useUsualRetries, withTwoEndsApart, type Verdicts } from './verdicts/two-ends.ts';

export interface BlackHoleCase {
  readonly heartbeat: HeartbeatPreset;
  /** Both ends send all the time; else there is nothing but heartbeats. */
  readonly isBusy: boolean;
}

export interface BlackHoleResult {
  /** After the network began to drop. */
  readonly client: Verdicts;
  readonly server: Verdicts;
  /** From the moment when the network was told to be whole again. */
  readonly resumedMs: number;
  readonly reports: readonly EndReport[];
}

const TALK_MS = 50;
/** Every margin is at its ceiling then. */
const SLOWEST_RTO_MS = 10_000;
/** Before the hole. */
const BEFORE_MS = 500;
const SETTLE_MS = 20_000;

export function runBlackHole(program: ProgramBundle, given: BlackHoleCase): Promise<BlackHoleResult> {
  const { heartbeat, isBusy } = given;
  const deadlineMs = 2 * boundMs(heartbeat, 'dead', SLOWEST_RTO_MS);
  return withTwoEndsApart(program, { heartbeat }, useUsualRetries, async ({ network, client, server }) => {
    await acquaint({ client, server }, SETTLE_MS);
    if (isBusy) for (const end of [client, server]) end.tell({ do: 'talk', everyMs: TALK_MS });
    await new Promise((done) => setTimeout(done, BEFORE_MS));
    await network.hole();
    const atMs = machineNowMs();
    const [ofClient, ofServer] = await Promise.all([client, server].map((end) => end.verdictsFrom(atMs, deadlineMs)));
    const from = client.words.length;
    const healedAtMs = machineNowMs();
    await network.heal();
    const { atMs: openAtMs } = await client.state('open', SETTLE_MS, from);
    const reports = await reportsOf({ client, server }, SETTLE_MS);
    return { client: ofClient!, server: ofServer!, resumedMs: openAtMs - healedAtMs, reports };
  });
}

/** One line for a person. */
export function describeBlackHole({ heartbeat, isBusy }: BlackHoleCase, result: BlackHoleResult): string {
  const { client, server, resumedMs, reports } = result;
  const of = ({ suspectMs, deadMs, rto0Ms }: Verdicts): string =>
    `suspect ${seconds(suspectMs)}, dead ${seconds(deadMs)} (RTO ${rto0Ms.toFixed()} ms)`;
  const messages = isBusy ? `, ${reports.reduce((sum, { sent }) => sum + sent, 0)} messages` : '';
  const name = nameOf({ heartbeat, isBusy });
  return `${name}: client ${of(client)}; server ${of(server)}; resumed ${seconds(resumedMs)} after the heal${messages}`;
}

export function nameOf({ heartbeat, isBusy }: Pick<BlackHoleCase, 'heartbeat' | 'isBusy'>): string {
  return `${heartbeat}, ${isBusy ? 'busy' : 'idle'}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
