// test-limit: 900s
/** What heartwire says when a network fails, on other runtimes: Node 22 and 24, Bun, Deno. The one that dials runs there, with the built packages. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runtimeBinary } from '../support/runtime-binary.ts';
import { openMatrix, type Matrix } from './matrix/matrix.ts';
import { RUNTIMES } from './matrix/runtime-name.ts';
import { whyNoNetworks } from './network/can-make-networks.ts';
import { bundlePrograms, performSideBySide, rowsOf, type Row, type SideBySide } from './network/side-by-side.ts';
import { BETWEEN_NAMESPACES } from './situations/between-namespaces.ts';

const OTHERS = ['node22', 'node24', 'bun', 'deno'] as const;
const WIDTH = 16;

const programs = await bundlePrograms();
const whyNot = await whyNoNetworks();
for (const name of OTHERS) {
  const binary = runtimeBinary(name);
  const why = whyNot ?? ('unavailable' in binary ? binary.unavailable : null);
  if (why !== null || 'unavailable' in binary) {
    const missing = suite(RUNTIMES[name]);
    missing('is there', () => console.log(`SKIP: ${why}`));
    missing.run();
  } else addRuntime(name, binary.command, openMatrix(name, binary.version));
}
const end = suite('the programs');
end('are removed', () => {
  programs.observer.remove();
  programs.peer.remove();
});
end.run();

function addRuntime(name: (typeof OTHERS)[number], command: readonly string[], matrix: Matrix): void {
  const runtime = suite(`networks that fail, on ${RUNTIMES[name]}`);
  const rows = rowsOf(BETWEEN_NAMESPACES).filter((row) => isPossible(name, row));
  let run: SideBySide | undefined;
  // One runtime after the other.
  runtime.before(() => {
    run = performSideBySide(rows, programs, WIDTH, command);
  });
  for (const row of rows) {
    runtime(row.name, async () => {
      assert.equal(matrix.compare(row.situation, row.transport, await run!.performances.get(row)!), []);
    });
  }
  runtime.after(async () => {
    await run?.ended;
    matrix.close(BETWEEN_NAMESPACES);
  });
  runtime.run();
}

/** The option TCP_USER_TIMEOUT is set by a native add-on for Node. */
function isPossible(name: string, { situation }: Row): boolean {
  return name.startsWith('node') || !situation.name.includes('user-timeout');
}
