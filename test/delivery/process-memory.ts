/** What this process holds, after whatever can be collected is. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export interface ProcessMemory {
  readonly rssMiB: number;
  readonly heapMiB: number;
}

const MIB = 2 ** 20;

export function measureMemory(): ProcessMemory {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { rss, heapUsed } = process.memoryUsage();
  return { rssMiB: Math.round(rss / MIB), heapMiB: Math.round((heapUsed / MIB) * 10) / 10 };
}

export function showMemory({ rssMiB, heapMiB }: ProcessMemory): string {
  return `${rssMiB} MiB rss, ${heapMiB} MiB heap`;
}
