/**
 * Runs many seeds in several processes, one for each processor. Seeds know nothing of each other, so it does not matter who runs which.
 */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { SeedResult } from './run-seed.ts';

export interface SeedRangeMessage {
  readonly from: number;
  readonly to: number;
}

export interface RangeResult {
  readonly seeds: number;
  readonly operations: number;
  readonly failures: readonly Pick<SeedResult, 'seed' | 'violations'>[];
}

export interface ApartOptions {
  readonly from: number;
  readonly to: number;
  /** Seeds that are handed out at once. Default 500. */
  readonly slice?: number;
  /** Default: as many as there are processors. */
  readonly processes?: number;
  /** Failures after which it is enough. Default 5. */
  readonly maxFailures?: number;
  /** Called with what has been run so far, after each slice. */
  readonly onProgress?: (soFar: RangeResult) => void;
}

const SLICE = 500;
const MAX_FAILURES = 5;

/** Rejects when a process ends before it has answered. */
export async function runSeedsApart(options: ApartOptions): Promise<RangeResult> {
  const work = new Work(options);
  const processes = options.processes ?? availableParallelism();
  await Promise.all(Array.from({ length: processes }, () => runProcess(work)));
  return work.result;
}

class Work {
  readonly #options: ApartOptions;
  #next: number;
  result: RangeResult = { seeds: 0, operations: 0, failures: [] };

  constructor(options: ApartOptions) {
    this.#options = options;
    this.#next = options.from;
  }

  /** The next range, or null when nothing is left, or enough has failed. */
  take(): SeedRangeMessage | null {
    const { to, slice = SLICE, maxFailures = MAX_FAILURES } = this.#options;
    if (this.#next > to || this.result.failures.length >= maxFailures) return null;
    const from = this.#next;
    this.#next = Math.min(to + 1, from + slice);
    return { from, to: this.#next - 1 };
  }

  done({ seeds, operations, failures }: RangeResult): void {
    this.result = {
      seeds: this.result.seeds + seeds,
      operations: this.result.operations + operations,
      failures: [...this.result.failures, ...failures].sort((a, b) => a.seed - b.seed),
    };
    this.#options.onProgress?.(this.result);
  }
}

/** One process, from its first range to its last. */
function runProcess(work: Work): Promise<void> {
  const first = work.take();
  if (first === null) return Promise.resolve();
  const child = fork(path.join(import.meta.dirname, 'seeds-worker.ts'), { execArgv: process.execArgv });
  return new Promise((resolve, reject) => {
    let isDone = false;
    child.on('message', (result: RangeResult) => {
      work.done(result);
      const next = work.take();
      if (next !== null) return void child.send(next);
      isDone = true;
      child.disconnect();
    });
    child.on('exit', (code) => {
      if (isDone) resolve();
      else reject(new Error(`a process that runs seeds ended with ${code}`));
    });
    child.send(first);
  });
}
