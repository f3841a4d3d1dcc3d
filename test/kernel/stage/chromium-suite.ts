/** What heartwire says of each situation in a page, where the platform says little. A suite as a function, because WebSockets over TLS are left to the long tests. */
import process from 'node:process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { launchChromium } from '../../support/chromium.ts';
import { bundlePageScript } from '../../support/page-script.ts';
import { bundleProgram } from '../../support/program-bundle.ts';
import { openMatrix } from '../matrix/matrix.ts';
import { IMPOSSIBLE } from '../programs/impossible.ts';
import { LOOPBACK } from '../situations/loopback.ts';
import { checkPerformance } from './check-performance.ts';
import { inBrowser } from './in-browser.ts';
import { performAll } from './perform-all.ts';

const inChromium = suite('situations in Chromium');
const ALL = LOOPBACK.flatMap((situation) => inBrowser(situation) ?? []);

/** See all situations over one transport. */
export async function runInChromium(transport: 'ws' | 'wss'): Promise<void> {
  const launched = await launchChromium();
  if ('unavailable' in launched) {
    inChromium('are seen', () => console.log(`SKIP: ${launched.unavailable}`));
  } else {
    const version = launched.browser.version();
    await launched.browser.close();
    await addSituations(transport, version);
  }
  inChromium.run();
}

async function addSituations(only: 'ws' | 'wss', version: string): Promise<void> {
  const [script, observer, peer] = await Promise.all([
    bundlePageScript('test/kernel/programs/observer-page.ts'),
    bundleProgram('test/kernel/programs/observer-browser.ts'),
    bundleProgram('test/kernel/programs/peer-process.ts'),
  ]);
  const situations = ALL.filter(({ transports }) => transports.includes(only));
  const over = situations.map((situation) => ({ ...situation, transports: [only] }));
  const { rows, close } = performAll(over, {
    observer: [process.execPath, observer.file, script.file],
    peer: [process.execPath, peer.file],
    host: '127.0.0.1',
  });
  const matrix = openMatrix('chromium', version);
  for (const { situation, transport, performance } of rows) {
    inChromium(`${situation.name} over ${transport}`, async () => {
      const seen = await performance.catch(unlessImpossible);
      if (seen === null) return;
      assert.equal(checkPerformance(situation, transport, seen), []);
      assert.equal(matrix.compare(situation, transport, seen), []);
    });
  }
  inChromium.after(async () => {
    await close();
    matrix.close(ALL);
    for (const program of [script, observer, peer]) program.remove();
  });
}

/** Then the page says that there is no such row. */
function unlessImpossible(error: Error): null {
  if (!error.message.includes(IMPOSSIBLE)) throw error;
  console.log(`a page cannot do this: ${error.message.split('\n')[0]}`);
  return null;
}
