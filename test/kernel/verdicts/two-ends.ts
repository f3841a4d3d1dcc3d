/** Two ends of a connection over TCP, each in a process of its own, on one machine or in a network that can fail; and what they have said. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import * as assert from 'uvu/assert';
import type { HeartbeatPreset } from '@heartwire/core';
import { withDeadline } from '../../support/with-deadline.ts';
import { bundleProgram, type ProgramBundle } from '../../support/program-bundle.ts';
import { Network, SERVER_ADDRESS } from '../network/network.ts';
import type { EndOptions, EndReport, Order, Word } from './end-word.ts';

/** Generous: a machine that is busy with other tests takes its time to start a process. */
const START_MS = 30_000;

export function bundleEnd(): Promise<ProgramBundle> {
  return bundleProgram('test/kernel/verdicts/end-program.ts');
}

export interface Verdicts {
  readonly suspectMs: number;
  readonly deadMs: number;
  readonly cause: string | null;
  /** 200 on a quick path, and more where the machine is so busy that answers took their time. */
  readonly rto0Ms: number;
}

/** A margin as PROTOCOL.md §11 has it: `factor · RTO0 + extra`, kept between two bounds. A smoothed round trip counts as one RTO0 more: it is never longer. */
type Margin = readonly [factor: number, extraMs: number, minMs: number, maxMs: number];

const PROMISES = {
  default: { intervalMs: 15_000, suspect: [15, 0, 1000, 5000], dead: [64, 1000, 15_000, 30_000] },
  game: { intervalMs: 2000, suspect: [7, 0, 500, 2000], dead: [32, 0, 7000, 12_000] },
  lan: { intervalMs: 1000, suspect: [0, 1000, 1000, 1000], dead: [0, 3500, 3500, 3500] },
  mobile: { intervalMs: 25_000, suspect: [0, 5000, 5000, 5000], dead: [0, 30_000, 30_000, 30_000] },
} as const satisfies Record<HeartbeatPreset, { intervalMs: number; suspect: Margin; dead: Margin }>;

/** After how much silence a preset says so, in milliseconds, at the latest. */
export function boundMs(preset: HeartbeatPreset, verdict: 'suspect' | 'dead', rto0Ms: number): number {
  const { intervalMs, [verdict]: margin } = PROMISES[preset];
  const [factor, extraMs, minMs, maxMs] = margin;
  return intervalMs + Math.min(maxMs, Math.max(minMs, factor * rto0Ms + extraMs));
}

/** What a machine adds that is busy with other tests, and the command that makes a fault. */
const MARGIN_MS = 1000;
const ACQUAINT_MS = 1500;
const ACQUAINT_PAUSE_MS = 30;

/** Whether both verdicts came in time. Throws when one did not. */
export function assertInTime(preset: HeartbeatPreset, { suspectMs, deadMs, cause, rto0Ms }: Verdicts): void {
  const maxMs = (verdict: 'suspect' | 'dead'): number => boundMs(preset, verdict, rto0Ms) + MARGIN_MS;
  assert.ok(suspectMs <= maxMs('suspect'), `suspect after ${suspectMs} ms, RTO ${rto0Ms} ms`);
  assert.ok(deadMs <= maxMs('dead'), `dead after ${deadMs} ms, RTO ${rto0Ms} ms`);
  assert.ok(suspectMs < deadMs);
  assert.is(cause, 'timeout of heartbeat');
}

/** One of the two. */
export class End {
  readonly words: Word[] = [];
  readonly #child: ChildProcess;
  readonly #looks = new Set<() => void>();

  constructor(command: readonly string[], options: EndOptions) {
    const [file, ...args] = [...command, JSON.stringify(options)];
    this.#child = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#child.on('message', (word: Word) => {
      this.words.push(word);
      for (const look of this.#looks) look();
    });
  }

  tell(order: Order): void {
    this.#child.send(order);
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(name);
  }

  /** The first word, old or new, that is like this. */
  until<W extends Word>(deadlineMs: number, what: string, isIt: (word: Word) => word is W): Promise<W> {
    return this.#until(deadlineMs, what, () => this.words.find(isIt));
  }

  /** The first verdict of this name, old or new. */
  async verdict(status: string, deadlineMs: number): Promise<Extract<Word, { say: 'verdict' }>> {
    const isIt = (word: Word): boolean => word.say === 'verdict' && word.status === status;
    const word = await this.#until(deadlineMs, `the verdict ${status}`, () => this.words.find(isIt));
    return word as Extract<Word, { say: 'verdict' }>;
  }

  /** The first state of this name after the first `from` words. */
  async state(status: string, deadlineMs: number, from = 0): Promise<Extract<Word, { say: 'state' }>> {
    const isIt = (word: Word): boolean => word.say === 'state' && word.status === status;
    const word = await this.#until(deadlineMs, `the state ${status}`, () => this.words.slice(from).find(isIt));
    return word as Extract<Word, { say: 'state' }>;
  }

  /** When it first suspected the other end, when it gave it up and why; counted from a moment, without the time in which it stood still itself. */
  async verdictsFrom(atMs: number, deadlineMs: number): Promise<Verdicts> {
    const suspect = await this.verdict('suspect', deadlineMs);
    const { cause, ...dead } = await this.state('suspended', deadlineMs);
    const since = (word: { readonly atMs: number; readonly loopLagMs: number }): number =>
      word.atMs - atMs - word.loopLagMs;
    return { suspectMs: since(suspect), deadMs: since(dead), cause, rto0Ms: suspect.rto0Ms };
  }

  get verdicts(): string[] {
    return this.words.flatMap((word) => (word.say === 'verdict' ? [word.status] : []));
  }

  /** Where it listens, once it does. */
  async address(): Promise<string> {
    const isListening = (word: Word): word is Extract<Word, { say: 'listening' }> => word.say === 'listening';
    return (await this.until(START_MS, 'a server', isListening)).address;
  }

  /** Everything that it sent has its fate, and it sends nothing more. */
  async hush(deadlineMs: number): Promise<void> {
    const from = this.words.length;
    const isHushed = ({ say }: Word): boolean => say === 'hushed';
    this.tell({ do: 'hush' });
    await this.#until(deadlineMs, 'the fate of all that it sent', () => this.words.slice(from).find(isHushed));
  }

  /** What it has counted. */
  async report(deadlineMs: number): Promise<EndReport> {
    this.tell({ do: 'tell' });
    const told = (word: Word): word is Extract<Word, { say: 'told' }> => word.say === 'told';
    return (await this.until(deadlineMs, 'its report', told)).report;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await withDeadline(START_MS, exited, 'the end of the process');
  }

  #until<T>(deadlineMs: number, what: string, probe: () => T | undefined): Promise<T> {
    let look = (): void => {};
    const found = new Promise<T>((done) => {
      look = () => {
        const value = probe();
        if (value !== undefined) done(value);
      };
      this.#looks.add(look);
      look();
    });
    const story = (): string => `${what}, after ${this.words.map((word) => JSON.stringify(word)).join(' ')}`;
    return withDeadline(deadlineMs, found, story).finally(() => this.#looks.delete(look));
  }
}

export interface TwoEnds {
  readonly client: End;
  readonly server: End;
}

export interface TwoEndsOptions {
  readonly heartbeat: HeartbeatPreset | false;
  readonly messageMaxBytes?: number;
}

/** Ask and answer for a while, so that both ends know the round trip and not how long it took to start a process. */
export async function acquaint({ client, server }: TwoEnds, deadlineMs: number): Promise<void> {
  const ends = [server, client];
  for (const end of ends) end.tell({ do: 'ping', pauseMs: ACQUAINT_PAUSE_MS });
  await new Promise((done) => setTimeout(done, ACQUAINT_MS));
  await Promise.all(ends.map((end) => end.hush(deadlineMs)));
}

/** What both have counted, when neither sends any more and everything has its fate: the server, then the client. */
export async function reportsOf({ client, server }: TwoEnds, deadlineMs: number): Promise<EndReport[]> {
  const ends = [server, client];
  await Promise.all(ends.map((end) => end.hush(deadlineMs)));
  return Promise.all(ends.map((end) => end.report(deadlineMs)));
}

/** As Linux comes, its kernel says nothing for a quarter of an hour: the verdict is ours. */
const USUAL = { tcp_retries2: 15 } as const;

export async function useUsualRetries(network: Network): Promise<void> {
  await Promise.all([network.set('client', USUAL), network.set('server', USUAL)]);
}

/** Runs `act` with a session that is open between two processes on this machine. */
export function withTwoEnds<T>(
  program: ProgramBundle,
  options: TwoEndsOptions,
  act: (ends: TwoEnds) => Promise<T>,
): Promise<T> {
  return withEndsOn(() => [process.execPath, program.file], '127.0.0.1', options, act);
}

/** The same between the client and the server of a network, which is removed afterwards. `prepare` changes it before anybody dials. */
export async function withTwoEndsApart<T>(
  program: ProgramBundle,
  options: TwoEndsOptions,
  prepare: (network: Network) => Promise<void>,
  act: (ends: TwoEnds & { readonly network: Network }) => Promise<T>,
): Promise<T> {
  const network = await Network.make();
  try {
    await prepare(network);
    const commandOf = (machine: Machine): string[] => [...network.on(machine), process.execPath, program.file];
    return await withEndsOn(commandOf, SERVER_ADDRESS, options, (ends) => act({ ...ends, network }));
  } finally {
    await network.remove();
  }
}

type Machine = 'client' | 'server';

async function withEndsOn<T>(
  commandOf: (machine: Machine) => readonly string[],
  host: string,
  { heartbeat, messageMaxBytes = 2 ** 20 }: TwoEndsOptions,
  act: (ends: TwoEnds) => Promise<T>,
): Promise<T> {
  const ends: End[] = [];
  const start = (machine: Machine, dial: string | null): End => {
    const end = new End(commandOf(machine), { dial, host, port: 0, transport: 'tcp', heartbeat, messageMaxBytes });
    ends.push(end);
    return end;
  };
  try {
    const server = start('server', null);
    const address = await server.address();
    const client = start('client', address);
    await Promise.all([client.state('open', START_MS), server.state('open', START_MS)]);
    return await act({ client, server });
  } finally {
    await Promise.all(ends.map((end) => end.close()));
  }
}
