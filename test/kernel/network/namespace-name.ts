/**
 * Names of network namespaces that tell whose they are.
 *
 * A test that is killed cannot remove what it made. So its names carry its process id, and the next test removes what belongs to nobody any more.
 */
import { readdir } from 'node:fs/promises';
import { shell } from './shell.ts';

/** Where iproute2 keeps them. */
const FOLDER = '/run/netns';
const PREFIX = 'heartwire';

let count = 0;

/** A name that no other process and no earlier call has. */
export function newNamespaceName(role: string): string {
  count += 1;
  return `${PREFIX}-${process.pid}-${count}-${role}`;
}

/** Remove the namespaces of test processes that are no more; returns their names. Two processes may do so at the same time. */
export async function removeLeftovers(): Promise<string[]> {
  const names = await readdir(FOLDER).catch((): string[] => []);
  const leftovers = names.filter((name) => {
    const pid = new RegExp(`^${PREFIX}-(\\d+)-\\d+-`).exec(name)?.[1];
    return pid !== undefined && !isAlive(Number(pid));
  });
  if (leftovers.length > 0) await shell(...leftovers.map((name) => `ip netns del ${name} 2>/dev/null || true`));
  return leftovers;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
