/** One of the programs of a situation, as the test sees it: commands go down, reports come up, and it can be stopped and killed. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Report } from '../programs/word.ts';
import { withDeadline } from '../../support/with-deadline.ts';

/** Generous, because it is only ever waited out by a test that fails. */
const DEADLINE_MS = 60_000;

export interface Program<C> {
  /** Carry out a command; resolves when that is done. */
  tell(command: C): Promise<void>;
  /** Hand a command over and wait for nothing: for a program that is stopped, or blocks its loop. */
  throwIn(command: C): void;
  /** All reports so far; the test may empty it. */
  readonly reports: Report[];
  /** The first report, old or new, that is like this. */
  until<R extends Report>(what: string, isIt: (report: Report) => report is R, deadlineMs?: number): Promise<R>;
  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void;
  readonly isAlive: boolean;
  readonly pid: number;
  /** By a signal, and not continued since. */
  readonly isStopped: boolean;
  /** End it; resolves when it has. */
  close(): Promise<void>;
}

/**
 * Start `file args…` by what stands before it: a runtime, and perhaps a namespace to run it in. `maxFiles`: how many files and sockets it may
 * have open.
 */
export async function startProgram<C>(command: readonly string[], maxFiles?: number): Promise<Program<C>> {
  if (maxFiles !== undefined) {
    return startProgram(['/bin/sh', '-c', `ulimit -n ${maxFiles}; exec "$@"`, 'sh', ...command]);
  }
  const child = spawn(command[0]!, command.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
  const program = new SpawnedProgram<C>(child);
  await program.until('the program to start', isReady);
  return program;
}

function isReady(report: Report): report is Extract<Report, { say: 'ready' }> {
  return report.say === 'ready';
}

class SpawnedProgram<C> implements Program<C> {
  readonly reports: Report[] = [];
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #looks = new Set<() => void>();
  isStopped = false;
  #isKilled = false;
  #told = 0;
  #done = 0;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.#exited = once(child, 'exit');
    void this.#exited.then(() => this.#lookAgain());
    child.stdin!.on('error', () => {});
    createInterface({ input: child.stdout! }).on('line', (line) => this.#hear(line));
  }

  get isAlive(): boolean {
    return !this.#isKilled && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  async tell(command: C): Promise<void> {
    this.throwIn(command);
    const mine = this.#told;
    await this.#wait(`'${JSON.stringify(command)}' to be done`, () => this.#done >= mine || undefined, DEADLINE_MS);
  }

  throwIn(command: C): void {
    this.#told += 1;
    this.#child.stdin!.write(`${JSON.stringify(command)}\n`);
  }

  until<R extends Report>(what: string, isIt: (report: Report) => report is R, deadlineMs = DEADLINE_MS): Promise<R> {
    return this.#wait(what, () => this.reports.find(isIt), deadlineMs);
  }

  signal(name: NodeJS.Signals): void {
    this.isStopped = name === 'SIGSTOP';
    this.#isKilled ||= name === 'SIGKILL';
    this.#child.kill(name);
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.signal('SIGKILL');
    await withDeadline(DEADLINE_MS, this.#exited, 'the program to end');
  }

  #hear(line: string): void {
    const report = JSON.parse(line) as Report;
    if (report.say === 'done') this.#done += 1;
    else this.reports.push(report);
    this.#lookAgain();
  }

  #lookAgain(): void {
    for (const look of this.#looks) look();
  }

  #wait<T>(what: string, probe: () => T | undefined, deadlineMs: number): Promise<T> {
    let look = (): void => {};
    const found = new Promise<T>((done, fail) => {
      look = () => {
        const failed = this.reports.find((report) => report.say === 'failed');
        const value = probe();
        if (value !== undefined) done(value);
        else if (failed !== undefined) fail(new Error(`the program failed: ${failed.message}`));
        else if (!this.isAlive) fail(new Error(`the program has ended; waited for ${what}`));
      };
      this.#looks.add(look);
      look();
    });
    const story = (): string => `${what}, after: ${this.reports.map((report) => JSON.stringify(report)).join('\n')}`;
    return withDeadline(deadlineMs, found, story).finally(() => this.#looks.delete(look));
  }
}
