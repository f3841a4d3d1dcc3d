/** What a server on this Node is told when its client leaves, over every transport. */
import process from 'node:process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bundleProgram } from '../support/program-bundle.ts';
import { openMatrix } from './matrix/matrix.ts';
import { ownRuntime } from './matrix/runtime-name.ts';
import { SERVED } from './situations/served.ts';
import { checkPerformance } from './stage/check-performance.ts';
import { fromPeer } from './stage/from-peer.ts';
import { performAll } from './stage/perform-all.ts';

const served = suite('situations of a server');
const observer = await bundleProgram('test/kernel/programs/observer-process.ts');
const peer = await bundleProgram('test/kernel/programs/peer-process.ts');
const { rows, close } = performAll(SERVED, {
  observer: [process.execPath, observer.file],
  peer: [process.execPath, peer.file],
  host: '127.0.0.1',
});
const runtime = ownRuntime();
const matrix = runtime === null ? null : openMatrix(runtime, process.versions.node);

for (const { situation, transport, performance } of rows) {
  served(`${situation.name} over ${transport}`, async () => {
    const seen = fromPeer(await performance);
    assert.equal(checkPerformance(situation, transport, seen), []);
    if (matrix === null) console.log(`SKIP: ${situation.name}: nothing was recorded of Node ${process.versions.node}`);
    else assert.equal(matrix.compare(situation, transport, seen), []);
  });
}

served.after(async () => {
  await close();
  matrix?.close(SERVED);
  observer.remove();
  peer.remove();
});
served.run();
