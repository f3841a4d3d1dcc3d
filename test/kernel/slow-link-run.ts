/** A large message over a link that lets only so much through, and what both ends think of each other meanwhile (promises P11, P12). */
import type { HeartbeatPreset } from '@heartwire/core';
import { percentile } from '../delivery/percentile.ts';
import type { ProgramBundle } from '../support/program-bundle.ts';
import { slowDown } from './network/slow-link.ts';
import type { EndReport, Word } from './verdicts/end-word.ts';
import { reportsOf, withTwoEndsApart } from './verdicts/two-ends.ts';

export interface SlowLinkCase {
  readonly name: string;
  readonly heartbeat: HeartbeatPreset;
  readonly messageBytes: number;
  readonly bitsPerSecond: number;
  readonly queueBytes: number;
  /** The client sends one, too, at the same time. */
  readonly isTwoWay: boolean;
  /** Whether both ends ask for signs of life all the time, which are timed; or nothing but heartbeats runs beside the message. */
  readonly isPinged: boolean;
}

export interface SlowLinkResult {
  readonly outcomes: readonly string[];
  readonly tookMs: number;
  readonly largeBytes: readonly number[];
  /** By both ends, from before the message on. */
  readonly verdicts: readonly string[];
  readonly reports: readonly EndReport[];
}

const PAUSE_MS = 50;
const REPORT_MS = 20_000;

export function runSlowLink(program: ProgramBundle, given: SlowLinkCase): Promise<SlowLinkResult> {
  const { heartbeat, messageBytes, isTwoWay, isPinged } = given;
  // Twice what it takes if the way is always full, and the time to start.
  const deadlineMs = 10_000 + (2 * 8000 * messageBytes) / given.bitsPerSecond;
  const options = { heartbeat, messageMaxBytes: messageBytes };
  return withTwoEndsApart(
    program,
    options,
    (network) => slowDown(network, given),
    async ({ client, server }) => {
      const ends = [server, client];
      if (isPinged) for (const end of ends) end.tell({ do: 'ping', pauseMs: PAUSE_MS });
      const senders = isTwoWay ? ends : [server];
      for (const end of senders) end.tell({ do: 'send', bytes: messageBytes });
      const sent = await Promise.all(senders.map((end) => end.until(deadlineMs, 'the end of its message', isSent)));
      const reports = await reportsOf({ client, server }, REPORT_MS);
      return {
        outcomes: sent.map(({ outcome }) => outcome),
        tookMs: Math.max(...sent.map(({ tookMs }) => tookMs)),
        largeBytes: reports.flatMap((report) => report.largeBytes),
        verdicts: ends.flatMap((end) => end.verdicts),
        reports,
      };
    },
  );
}

/** One line for a person. */
export function describeSlowLink(
  { name }: SlowLinkCase,
  { tookMs, verdicts, reports, outcomes }: SlowLinkResult,
): string {
  const pings = reports.map(({ pingsMs }, at) => {
    const of = (share: number): string => percentile(pingsMs, share).toFixed();
    const who = at === 0 ? 'sender' : 'receiver';
    return pingsMs.length === 0
      ? ''
      : `; PONG delay at the ${who}: p50 ${of(0.5)}, p99 ${of(0.99)}, at most ${worstPingMs([pingsMs]).toFixed()} ms of ${pingsMs.length}`;
  });
  return `${name}: ${outcomes.join(', ')} after ${(tookMs / 1000).toFixed(1)} s, verdicts ${[...new Set(verdicts)].join(', ')}${pings.join('')}`;
}

export function worstPingMs(all: readonly (readonly number[])[]): number {
  return Math.max(0, ...all.flat());
}

function isSent(word: Word): word is Extract<Word, { say: 'sent' }> {
  return word.say === 'sent';
}
