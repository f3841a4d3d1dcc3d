// A thousand dials in vain, of each kind: each ends with its cause and in its time, and nothing is left of them (promises P7, P17).
// test-limit: 120s
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bundleProgram } from '../support/program-bundle.ts';
import type { DialReport, Place } from './many-dials-program.ts';
import { makeNamespaceOfHoles, type NamespaceOfHoles } from './namespace-of-holes.ts';

const DIALS = 1000;
const DIAL_TIMEOUT_MS = 1000;
/** What a thousand dials at once may take on a busy machine. */
const SLACK_MS = 10_000;
const DEADLINE_MS = 100_000;
/** 12,000 dials: what each of them left would have to be smaller than any socket. What grows with the number at once, and stays so, is in here too. */
const HEAP_GROWTH_MAX_BYTES = 2_000_000;
const run = promisify(execFile);

const ENDS: Readonly<Record<Place, Readonly<Record<'bare' | 'session', string>>>> = {
  refused: { bare: 'refused ECONNREFUSED', session: 'refused ECONNREFUSED' },
  // How long a bare dial takes is its caller's business.
  silent: { bare: 'destroyed', session: 'timeout dial' },
  unreachable: { bare: 'unreachable EHOSTUNREACH', session: 'unreachable EHOSTUNREACH' },
};

const dials = suite('a thousand dials in vain');
const namespace = makeNamespaceOfHoles();
if ('unavailable' in namespace) dials('end as they should', () => console.log(`SKIP: ${namespace.unavailable}`));
else testInside(namespace);
dials.run();

function testInside(inside: NamespaceOfHoles): void {
  // One run for all the tests, begun by the first.
  let report: Promise<DialReport> | undefined;
  const found = (): Promise<DialReport> => (report ??= dialInside(inside));

  for (const transport of ['tcp', 'ws'] as const) {
    for (const place of Object.keys(ENDS) as Place[]) {
      for (const form of ['bare', 'session'] as const) {
        dials(`end with their cause and in their time: ${transport}, ${place}, ${form}`, async () => {
          const { findings } = await found();
          const one = findings.find(
            (each) => each.transport === transport && each.place === place && each.form === form,
          )!;
          assert.equal(one.ends, { [ENDS[place][form]]: DIALS });
          const dueMs = place === 'silent' ? DIAL_TIMEOUT_MS : 0;
          assert.ok(one.shortestMs >= dueMs - 5, `one took only ${one.shortestMs} ms`);
          assert.ok(one.longestMs < dueMs + SLACK_MS, `one took ${one.longestMs} ms`);
          assert.is(one.listeners, 0);
        });
      }
    }
  }

  dials('leave no handle, no file and nothing that keeps the loop alive', async () => {
    const { before, after } = await found();
    assert.equal(after.resources, before.resources);
    assert.is(after.handles, before.handles);
    assert.is(after.files, before.files);
  });

  dials('leave no memory', async () => {
    const { before, after } = await found();
    const growth = after.heapBytes - before.heapBytes;
    console.log(`  the heap grew by ${(growth / 1000).toFixed()} kB, from ${(before.heapBytes / 1e6).toFixed(1)} MB`);
    assert.ok(growth < HEAP_GROWTH_MAX_BYTES, `the heap grew by ${growth} bytes`);
  });
}

async function dialInside({ enter, remove }: NamespaceOfHoles): Promise<DialReport> {
  const program = await bundleProgram('test/kernel/many-dials-program.ts');
  const [command, ...words] = [...enter, process.execPath, '--expose-gc', program.file, String(DIALS)];
  try {
    const { stdout, stderr } = await run(command, words, { timeout: DEADLINE_MS });
    assert.is(stderr, '');
    const report = JSON.parse(stdout) as DialReport;
    for (const { transport, place, form, ends, shortestMs, longestMs } of report.findings) {
      const took = `${shortestMs.toFixed()} to ${longestMs.toFixed()} ms`;
      console.log(`  ${transport}, ${place}, ${form}: ${JSON.stringify(ends)}, ${took}`);
    }
    return report;
  } finally {
    program.remove();
    remove();
  }
}
