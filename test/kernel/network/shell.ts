/** Lines for the shell: one process of ours instead of one for each command of iproute2. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const DEADLINE_MS = 10_000;

/** Carry the lines out until one fails; then rejects with what it said. */
export async function shell(...lines: readonly string[]): Promise<string> {
  const { stdout } = await execute('sh', ['-euc', lines.join('\n')], { timeout: DEADLINE_MS });
  return stdout;
}
