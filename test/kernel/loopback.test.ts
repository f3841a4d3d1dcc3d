// test-limit: 300s
/** What heartwire says of each situation on loopback, on this Node, over every transport. */
import process from 'node:process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bundleProgram } from '../support/program-bundle.ts';
import { openMatrix } from './matrix/matrix.ts';
import { ownRuntime } from './matrix/runtime-name.ts';
import { LOOPBACK } from './situations/loopback.ts';
import { checkPerformance } from './stage/check-performance.ts';
import { performAll } from './stage/perform-all.ts';

const loopback = suite('situations on loopback');
const observer = await bundleProgram('test/kernel/programs/observer-process.ts');
const peer = await bundleProgram('test/kernel/programs/peer-process.ts');
const { rows, close } = performAll(LOOPBACK, {
  observer: [process.execPath, observer.file],
  peer: [process.execPath, peer.file],
  host: '127.0.0.1',
});
const runtime = ownRuntime();
const matrix = runtime === null ? null : openMatrix(runtime, process.versions.node);

for (const { situation, transport, performance } of rows) {
  loopback(`${situation.name} over ${transport}`, async () => {
    assert.equal(checkPerformance(situation, transport, await performance), []);
    if (matrix === null) console.log(`SKIP: ${situation.name}: nothing was recorded of Node ${process.versions.node}`);
    else assert.equal(matrix.compare(situation, transport, await performance), []);
  });
}

loopback.after(async () => {
  await close();
  matrix?.close(LOOPBACK);
  observer.remove();
  peer.remove();
});
loopback.run();
