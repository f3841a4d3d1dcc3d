/** What had arrived when a write fails is read all the same (promise P9): the experiment as a test, on a Node of any version. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bundleProgram } from '../support/program-bundle.ts';
import { findKernelFault } from './kernel-sockets.ts';
import type { Finding } from './unread-bytes-program.ts';

const ALL = 100 * 1024;
const RUNS = 15;
const DEADLINE_MS = 100_000;
const run = promisify(execFile);

/** Queues a suite for each Node; one that is not there is skipped. */
export function testUnreadBytes(runtimes: readonly { readonly name: string; readonly binary: string | null }[]): void {
  for (const { name, binary } of runtimes) {
    const test = suite(`100 KiB, a reset, a busy loop, a write, on ${name}`);
    const fault = findKernelFault() ?? (binary === null ? `${name} is not installed` : null);
    if (fault !== null) test('the experiment', () => console.log(`SKIP: ${fault}`));
    else testOn(test, binary as string);
    test.run();
  }
}

function testOn(test: ReturnType<typeof suite>, binary: string): void {
  // One run for all the tests, begun by the first.
  let findings: Promise<readonly Finding[]> | undefined;
  const find = async (wanted: string): Promise<Finding> => {
    findings ??= experiment(binary);
    return (await findings).find(({ subject }) => subject === wanted) as Finding;
  };
  for (const subject of ['tcp', 'tls', 'ws', 'wss'] as const) {
    test(`every byte is read over ${subject}, ${RUNS} of ${RUNS} times, and then it is a reset`, async () => {
      const { bytesRead, bytesArrived, ends } = await find(subject);
      assert.equal(bytesArrived, Array(RUNS).fill(ALL), 'the peer was reset before everything had arrived');
      assert.equal(bytesRead, Array(RUNS).fill(ALL));
      assert.equal(ends, Array(RUNS).fill('reset'));
    });
  }
  for (const subject of ['stock tcp', 'stock tls'] as const) {
    test(`a socket of Node alone loses them (${subject}), so this is the right experiment`, async () => {
      const { bytesRead, bytesArrived } = await find(subject);
      assert.equal(bytesArrived, Array(RUNS).fill(ALL));
      assert.equal(bytesRead, Array(RUNS).fill(0));
    });
  }
}

async function experiment(binary: string): Promise<readonly Finding[]> {
  const program = await bundleProgram('test/kernel/unread-bytes-program.ts');
  const peer = await bundleProgram('test/kernel/raw-peer.ts');
  const tls = ['key', 'cert'].map((what) => path.resolve(import.meta.dirname, `../support/tls/localhost-${what}.pem`));
  try {
    const { stdout } = await run(binary, [program.file, peer.file, ...tls], { timeout: DEADLINE_MS });
    const findings = JSON.parse(stdout) as Finding[];
    for (const { subject, bytesRead, ends } of findings) {
      const complete = bytesRead.filter((bytes) => bytes === ALL).length;
      console.log(`  ${subject}: ${complete} of ${RUNS} complete; ${[...new Set(ends)].join(' | ')}`);
    }
    return findings;
  } finally {
    program.remove();
    peer.remove();
  }
}
