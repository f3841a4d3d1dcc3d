/**
 * What the kernel knows of the TCP connections of a machine. It has no event for that, so it is asked again and again.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

const ESTABLISHED = '01';
const POLL_MS = 20;

export interface KernelConnection {
  readonly unreadBytes: number;
  readonly unacknowledgedBytes: number;
  /** How many times in a row the same bytes have been sent again in vain. */
  readonly retransmits: number;
}

/** The open connections of the network namespace that a process is in, of IPv4. */
export async function readConnections(pid: number): Promise<KernelConnection[]> {
  const table = await readFile(`/proc/${pid}/net/tcp`, 'utf8');
  const rows = table.trim().split('\n').slice(1);
  return rows.flatMap((row) => {
    // sl local remote state tx:rx timer:when retransmits …
    const [, , , state, queues = '', , retransmits = ''] = row.trim().split(/ +/);
    const [sent = '', received = ''] = queues.split(':');
    if (state !== ESTABLISHED) return [];
    return [
      {
        unreadBytes: Number.parseInt(received, 16),
        unacknowledgedBytes: Number.parseInt(sent, 16),
        retransmits: Number.parseInt(retransmits, 16),
      },
    ];
  });
}

/** Resolves when the connections of that namespace are like this; whoever waits sets the deadline. */
export async function untilConnections(
  pid: number,
  areThey: (connections: readonly KernelConnection[]) => boolean,
  signal: AbortSignal,
): Promise<void> {
  while (!areThey(await readConnections(pid))) await wait(POLL_MS, undefined, { signal });
}
