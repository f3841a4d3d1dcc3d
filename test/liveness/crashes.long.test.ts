// test-limit: 1800s
// test-alone: both processors simulate
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PRESETS } from './all-settings.ts';
import { crashFigure } from './crash-figure.ts';
import { isUpdating, writeFigures, type CrashFigure } from './figures.ts';
import { runJobsApart } from './jobs-apart.ts';
import type { CrashJob } from './jobs.ts';
import { renderTables } from './tables.ts';

const CRASHES = 100_000;
const SLICE = 5000;

const crashes = suite('crashes');
const figures: CrashFigure[] = [];

for (const preset of PRESETS) {
  crashes(`${preset}: ${CRASHES} are suspect and dead inside the bound, every time`, async () => {
    const jobs = Array.from({ length: CRASHES / SLICE }, (_, slice): CrashJob => {
      return { kind: 'crash', preset, from: slice * SLICE + 1, to: (slice + 1) * SLICE };
    });
    const results = await runJobsApart(jobs);
    const figure = crashFigure(preset, results);
    figures.push(figure);
    console.log(JSON.stringify(figure));
    assert.equal(
      results.flatMap(({ late }) => late),
      [],
    );
    // The others did not get through the handshake, or were taken for dead before the crash.
    assert.ok(figure.all.dead.count > 0.95 * CRASHES, `${figure.all.dead.count}`);
    assert.ok(figure.quick.dead.count > 0.1 * CRASHES, `${figure.quick.dead.count}`);
  });
}

crashes('are written down', () => {
  if (isUpdating) writeFigures({ crashes: figures }, renderTables);
});

crashes.run();
