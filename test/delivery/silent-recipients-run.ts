/**
 * Broadcasts to many clients, some of which fall silent: nobody may wait for those (promises P1, P11, P17).
 *
 * Rounds with and without the silent ones take turns, so that what disturbs the machine disturbs both; each round has its own 99th percentile of the time until a
 * client has handled the message, and the medians of those are compared. Before the first round the silent ones are filled up: the kernel takes nothing more for them, and what
 * is told to them waits in their outboxes.
 */
import {
  serve,
  type AnyContract,
  type BroadcastReport,
  type ServeOptions,
  type Server,
  type ServerSession,
} from '@heartwire/core';
import { tcpServer } from '@heartwire/transport-tcp';
import { withDeadline } from '../support/with-deadline.ts';
import { bundleProgram, kill, nextMessage } from './child-program.ts';
import { median, percentile } from './percentile.ts';
import { measureMemory, type ProcessMemory } from './process-memory.ts';

export interface SilentRecipientsOptions {
  readonly talkative: number;
  readonly silent: number;
  /** With the silent ones, and as many without. */
  readonly rounds: number;
  /** The quietest attempt counts. */
  readonly attempts: number;
  /** An attempt with this ratio, or a lower one, is good enough. */
  readonly maxRatio: number;
  readonly server: Pick<ServeOptions<AnyContract>, 'sendTimeout' | 'heartbeat' | 'resume'>;
  readonly deadlineMs: number;
}

/** Medians of the rounds' 99th percentiles, in milliseconds. */
export interface Comparison {
  readonly withMs: number;
  readonly withoutMs: number;
  readonly ratio: number;
}

export interface SilentRecipientsResult {
  readonly attempts: readonly Comparison[];
  readonly best: Comparison;
  /** Of what was told to the silent ones alone, to fill them up. */
  readonly filling: Readonly<Record<string, number>>;
  /** Of the rounds in which they were told, too: their outcomes, and those of all others. */
  readonly silentOutcomes: Readonly<Record<string, number>>;
  readonly otherOutcomes: Readonly<Record<string, number>>;
  /** From the last round to the last outcome. */
  readonly decidedAfterMs: number;
  readonly memory: Readonly<Record<'before' | 'connected' | 'afterRounds' | 'decided', ProcessMemory>>;
}

type Peer = ServerSession<AnyContract>;

/** More than the kernel takes for one connection on any machine that we know, at both ends of the proxy. */
const FILLING_BYTES = 1_000_000;
const FILLING_MESSAGES = 14;
const NEWS = { room: 'lobby', text: 'x'.repeat(100) };
const CROWDS = 2;

export async function runSilentRecipients(options: SilentRecipientsOptions): Promise<SilentRecipientsResult> {
  const { talkative, silent, deadlineMs } = options;
  const bundle = await bundleProgram('crowd');
  const before = measureMemory();
  const server = await serve(tcpServer({ port: 0, host: '127.0.0.1', backlog: 1024 }), options.server);
  const [address = ''] = server.addresses;
  // The silent ones come first, so that they are told first, too.
  const silenced = bundle.start([address, String(silent), 'silenced']);
  const children = [silenced];
  try {
    await nextMessage(silenced);
    for (let each = 0; each < CROWDS; each += 1) children.push(bundle.start([address, String(talkative / CROWDS)]));
    await Promise.all(children.slice(1).map((child) => nextMessage(child)));
    const connected = measureMemory();
    const everyone = [...server.sessions.values()];
    const quiet = new Set(everyone.filter(({ peer }) => peer.name === 'silenced'));
    const rounds = new Rounds(server, quiet, talkative, deadlineMs);
    await rounds.warmUp();
    silenced.send('be silent');
    await nextMessage(silenced);
    const filling = rounds.fill();

    const attempts: Comparison[] = [];
    do attempts.push(await rounds.compare(options.rounds));
    while (attempts.length < options.attempts && !attempts.some(({ ratio }) => ratio <= options.maxRatio));
    const endedAtMs = performance.now();
    const afterRounds = measureMemory();
    await withDeadline(deadlineMs, rounds.decided(), 'the outcomes of the silent ones');
    const decidedAfterMs = performance.now() - endedAtMs;
    return {
      attempts,
      best: attempts.reduce((least, next) => (next.ratio < least.ratio ? next : least)),
      filling: await filling,
      silentOutcomes: rounds.silentOutcomes,
      otherOutcomes: rounds.otherOutcomes,
      decidedAfterMs,
      memory: { before, connected, afterRounds, decided: measureMemory() },
    };
  } finally {
    await Promise.all(children.map((child) => kill(child)));
    await server.close({ timeout: 0 });
    bundle.remove();
  }
}

class Rounds {
  readonly silentOutcomes: Record<string, number> = {};
  readonly otherOutcomes: Record<string, number> = {};
  readonly #server: Server<AnyContract>;
  readonly #quiet: ReadonlySet<Peer>;
  readonly #talkative: number;
  readonly #deadlineMs: number;
  readonly #reports: Promise<BroadcastReport>[] = [];

  constructor(server: Server<AnyContract>, quiet: ReadonlySet<Peer>, talkative: number, deadlineMs: number) {
    this.#server = server;
    this.#quiet = quiet;
    this.#talkative = talkative;
    this.#deadlineMs = deadlineMs;
  }

  async warmUp(): Promise<void> {
    for (let round = 0; round < 10; round += 1) await this.#server.everyone.send('news', NEWS);
  }

  /** Tells the silent ones, and nobody else, more than the kernel takes. The payload is there once for all of them. */
  async fill(): Promise<Record<string, number>> {
    const silent = this.#server.group('silent');
    for (const peer of this.#quiet) silent.add(peer);
    const payload = new Uint8Array(FILLING_BYTES);
    const counts: Record<string, number> = {};
    const told = Array.from({ length: FILLING_MESSAGES }, () => silent.send('news', payload));
    for (const each of told) each.each$.subscribe(({ outcome }) => (counts[outcome] = (counts[outcome] ?? 0) + 1));
    await Promise.all(told);
    return counts;
  }

  async compare(rounds: number): Promise<Comparison> {
    const p99s: Record<'with' | 'without', number[]> = { with: [], without: [] };
    for (let round = 0; round < rounds; round += 1) {
      const order = round % 2 === 0 ? (['with', 'without'] as const) : (['without', 'with'] as const);
      for (const which of order) p99s[which].push(await this.#round(which === 'with'));
    }
    const [withMs, withoutMs] = [median(p99s.with), median(p99s.without)];
    return { withMs, withoutMs, ratio: withMs / withoutMs };
  }

  async decided(): Promise<void> {
    await Promise.all(this.#reports);
  }

  /** Resolves with the 99th percentile as soon as all who talk have handled the message. */
  #round(isWithSilent: boolean): Promise<number> {
    const audience = isWithSilent ? this.#server.everyone : this.#server.everyone.except(...this.#quiet);
    const times: number[] = [];
    const handled = new Promise<number>((done) => {
      const told = audience.send('news', NEWS);
      this.#reports.push(told);
      told.each$.subscribe(({ session, outcome, receipt }) => {
        const outcomes = this.#quiet.has(session) ? this.silentOutcomes : this.otherOutcomes;
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
        if (receipt === undefined || this.#quiet.has(session)) return;
        times.push(receipt.elapsed);
        if (times.length === this.#talkative) done(percentile(times, 0.99));
      });
    });
    return withDeadline(this.#deadlineMs, handled, () => `${times.length} of ${this.#talkative} have handled it`);
  }
}
