/** Does jobs in several processes, one for each processor. The results come in the order of the jobs. */
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { Job, JobResults } from './jobs.ts';

export interface ApartOptions {
  /** Default: as many as there are processors. */
  readonly processes?: number;
  /** Called after each job, with how many are done. */
  readonly onProgress?: (done: number, of: number) => void;
}

/** Rejects when a process ends before it has answered. */
export async function runJobsApart<J extends Job>(
  jobs: readonly J[],
  { processes = availableParallelism(), onProgress }: ApartOptions = {},
): Promise<JobResults[J['kind']][]> {
  const results: JobResults[J['kind']][] = [];
  let [next, done] = [0, 0];
  const take = (): number | null => (next < jobs.length ? next++ : null);
  const finish = (index: number, result: JobResults[J['kind']]): void => {
    results[index] = result;
    done += 1;
    onProgress?.(done, jobs.length);
  };
  await Promise.all(Array.from({ length: processes }, () => runProcess(jobs, take, finish)));
  return results;
}

/** One process, from its first job to its last. */
function runProcess<J extends Job>(
  jobs: readonly J[],
  take: () => number | null,
  finish: (index: number, result: JobResults[J['kind']]) => void,
): Promise<void> {
  let index = take();
  if (index === null) return Promise.resolve();
  const child = fork(path.join(import.meta.dirname, 'jobs-worker.ts'), { execArgv: process.execArgv });
  return new Promise((resolve, reject) => {
    child.on('message', (result: JobResults[J['kind']]) => {
      finish(index!, result);
      index = take();
      if (index === null) child.disconnect();
      else child.send(jobs[index]!);
    });
    child.on('exit', (code) => {
      if (index === null) resolve();
      else reject(new Error(`a process that does jobs ended with ${code}`));
    });
    child.send(jobs[index!]!);
  });
}
