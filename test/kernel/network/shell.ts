/** Lines for the shell, and how to write them: to start a process is most of what a change of a network costs. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);
/** Generous: a machine that is busy with other networks takes its time. */
const DEADLINE_MS = 20_000;

/** Values of net.ipv4. */
export type KernelSettings = Readonly<Record<string, number>>;

/** Carry the lines out until one fails; then rejects with what it said. Resolves to what they print. */
export async function shell(...lines: readonly string[]): Promise<string> {
  const { stdout } = await execute('sh', ['-euc', lines.join('\n')], { timeout: DEADLINE_MS });
  return stdout;
}

/** Commands of iproute2 for one namespace, as lines. */
export function inNamespace(namespace: string, ...commands: readonly string[]): string[] {
  return [`ip -n ${namespace} -batch - <<END`, ...commands, 'END'];
}

/**
 * A line that waits until an interface carries packets: that is some time after it was set up, and what is sent before is lost. A lost
 * first packet of a connection makes its kernel think of the way as slow, and give up so much later.
 */
export function untilUp(namespace: string, device: string): string {
  return `until ip -n ${namespace} -brief link show dev ${device} | grep -q ' UP '; do sleep 0.01; done`;
}

/** Values for one namespace, as lines. */
export function settingLines(namespace: string, settings: KernelSettings): string[] {
  const writes = Object.entries(settings).map(([name, value]) => `echo ${value} >/proc/sys/net/ipv4/${name}`);
  return [`ip netns exec ${namespace} sh -c '${writes.join('; ')}'`];
}
