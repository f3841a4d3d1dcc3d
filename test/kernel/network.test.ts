// test-limit: 180s
/** What heartwire says when a network fails, on this Node, between network namespaces that are made for this. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { whyNoNetworks } from './network/can-make-networks.ts';
import { bundlePrograms, performSideBySide, rowsOf, type Programs } from './network/side-by-side.ts';
import { BETWEEN_NAMESPACES } from './situations/between-namespaces.ts';
import { openMatrix } from './matrix/matrix.ts';
import { ownRuntime } from './matrix/runtime-name.ts';
import { checkPerformance } from './stage/check-performance.ts';

/** Each has up to three processes, which are busy only when they start. */
const WIDTH = 16;

const betweenNamespaces = suite('situations between network namespaces');
const rows = rowsOf(BETWEEN_NAMESPACES);
const whyNot = await whyNoNetworks();
if (whyNot === null) performAll(await bundlePrograms());
else {
  for (const { name } of rows) {
    console.log(`SKIP: ${name}: ${whyNot}`);
    betweenNamespaces.skip(name);
  }
}
betweenNamespaces.run();

function performAll(programs: Programs): void {
  const runtime = ownRuntime();
  const matrix = runtime === null ? null : openMatrix(runtime, process.versions.node);
  const { performances, ended } = performSideBySide(rows, programs, WIDTH);
  for (const [row, performance] of performances) {
    betweenNamespaces(row.name, async () => {
      const seen = await performance;
      assert.equal(checkPerformance(row.situation, row.transport, seen), []);
      assert.equal(matrix?.compare(row.situation, row.transport, seen) ?? [], []);
    });
  }
  betweenNamespaces.after(async () => {
    await ended;
    matrix?.close(BETWEEN_NAMESPACES);
    programs.observer.remove();
    programs.peer.remove();
  });
}
