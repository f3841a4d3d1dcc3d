// test-limit: 120s
/** What heartwire says of each situation on loopback, on this Node, over every transport. */
import process from 'node:process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bundleProgram } from '../support/program-bundle.ts';
import { ENDS } from './situations/ends.ts';
import { checkPerformance } from './stage/check-performance.ts';
import { Theatre } from './stage/theatre.ts';

const loopback = suite('situations on loopback');
const observer = await bundleProgram('test/kernel/programs/observer-process.ts');
const peer = await bundleProgram('test/kernel/programs/peer-process.ts');
const theatre = new Theatre({
  observer: [process.execPath, observer.file],
  peer: [process.execPath, peer.file],
  host: '127.0.0.1',
});

for (const situation of ENDS) {
  for (const transport of situation.transports) {
    loopback(`${situation.name} over ${transport}`, async () => {
      const performance = await theatre.perform(situation, transport);
      assert.equal(checkPerformance(situation, transport, performance), []);
    });
  }
}

loopback.after(async () => {
  await theatre.close();
  observer.remove();
  peer.remove();
});
loopback.run();
