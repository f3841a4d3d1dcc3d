/**
 * What the kernel knows of the connections of this machine, as `ss` tells it.
 *
 * `bytes_acked` counts the SYN of the side that dialed: an idle connection has 1 there and none on the other side (schedules.test.ts measures it).
 */
import { spawnSync } from 'node:child_process';

/** One end of a TCP connection. */
export interface KernelSocket {
  readonly localPort: number;
  readonly remotePort: number;
  /** What the other end's kernel has acknowledged, with the SYN where this end dialed. */
  readonly ackedBytes: number;
  /** What was written here and is not acknowledged. */
  readonly waitingBytes: number;
}

/** Why the kernel cannot be asked, as a sentence; null when it can. */
export function findKernelFault(): string | null {
  if (process.platform !== 'linux') return 'what the kernel acknowledged is read with ss, which only Linux has';
  return spawnSync('ss', ['-V']).error === undefined
    ? null
    : 'what the kernel acknowledged is read with ss (iproute2), which is not here';
}

/** The connections whose own port is this one (`sport`), or whose peer's is (`dport`). */
export function readKernelSockets(side: 'sport' | 'dport', port: number): KernelSocket[] {
  const { stdout, status } = spawnSync('ss', ['-tinHO', `${side} = :${port}`], {
    encoding: 'utf8',
    maxBuffer: 2 ** 24,
  });
  if (status !== 0) throw new Error(`ss ended with ${status}`);
  return stdout.split('\n').flatMap((line) => {
    const [, , waiting, local = '', remote = ''] = line.trim().split(/\s+/);
    if (waiting === undefined) return [];
    return {
      localPort: portOf(local),
      remotePort: portOf(remote),
      ackedBytes: Number(/\bbytes_acked:(\d+)/.exec(line)?.[1] ?? 0),
      waitingBytes: Number(waiting),
    };
  });
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}
