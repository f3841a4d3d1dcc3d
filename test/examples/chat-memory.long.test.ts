// A file of any size takes the same memory, at both ends: how much, and how fast, is printed.
// test-limit: 180s
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bundleChat, startChatServer, startTerminal } from './chat-process.ts';

const LINES = 300_000;
/** Node itself takes 50 to 80 MiB of it; all the lines would take more than is allowed here. */
const PEAK_MAX_MIB = 200;

const memory = suite<{ removeBundle: () => void }>('the memory that a large file takes');

memory.before(async (context) => {
  context.removeBundle = await bundleChat();
});

memory.after(({ removeBundle }) => removeBundle());

for (const scheme of ['tcp', 'ws'] as const) {
  memory(`stays bounded over ${scheme}`, async () => {
    if (process.platform !== 'linux')
      return console.log('SKIP: peaks of memory are read from /proc, which only Linux has');
    const server = await startChatServer();
    try {
      const startedAt = performance.now();
      const terminal = startTerminal([scheme === 'tcp' ? server.tcpAddress : server.wsAddress], Readable.from(lines()));
      let peakMiB = 0;
      terminal.child.stdout!.on('data', () => {
        peakMiB = Math.max(peakMiB, peakMiBOf(terminal.child.pid!));
      });
      const { code, stdout } = await terminal.end();
      const seconds = (performance.now() - startedAt) / 1000;
      const serverPeakMiB = peakMiBOf(server.program.child.pid!);
      console.log(
        `${LINES} lines over ${scheme} in ${seconds.toFixed(1)} s; peak of the client ${peakMiB} MiB, of the server ${serverPeakMiB} MiB`,
      );
      assert.match(stdout, new RegExp(`^sent ${LINES}, handled ${LINES}, failed 0$`, 'm'));
      assert.is(code, 0);
      assert.ok(peakMiB > 0 && peakMiB < PEAK_MAX_MIB, `client: ${peakMiB} MiB`);
      assert.ok(serverPeakMiB < PEAK_MAX_MIB, `server: ${serverPeakMiB} MiB`);
      assert.is(server.logged().length, LINES);
    } finally {
      await server.dispose();
    }
  });
}
memory.run();

/** 270 MB of text. */
function* lines(): Generator<string> {
  for (let line = 1; line <= LINES; line += 1) yield `${line} ${'lorem ipsum '.repeat(75)}\n`;
}

/** The largest resident set that a process has ever had; 0 when it has ended. */
function peakMiBOf(pid: number): number {
  try {
    return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024);
  } catch {
    return 0;
  }
}
