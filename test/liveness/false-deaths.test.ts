// What false-deaths.long.test.ts has measured still holds, the documents tell it, and the tools that measured it are right.
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HEARTBEAT_PRESETS } from '../../packages/core/src/connection/heartbeat-preset.ts';
import { PRESETS, SETTINGS } from './all-settings.ts';
import { countPlainly, countRare, type CountOptions } from './count-false-verdicts.ts';
import {
  adaptedFalseDeathsPerMillionHours,
  falseDeathsPerMillionHours,
  fatalLosses,
  ladderMs,
  perMillionHours,
} from './false-deaths.ts';
import { perSide, readDocument, readFigures, withTables } from './figures.ts';
import { runJobsApart } from './jobs-apart.ts';
import { runJob, settingOf, type CountJob } from './jobs.ts';
import { figureOf, rate, renderTables, WAYS } from './tables.ts';

const [BAD, ORDINARY] = WAYS as [(typeof WAYS)[0], (typeof WAYS)[0]];
const figures = readFigures();

const form = suite('the closed form');

form('counts the steps of the retransmission ladder', () => {
  assert.equal(
    [0, 1, 2, 6, 7].map((losses) => ladderMs(225, losses)),
    [0, 225, 675, 14_175, 28_575],
  );
  // 14,175 ms late is still in time for a listener that waits 15 s longer: seven transmissions have to be lost.
  assert.equal(
    [200, 225, 14_174, 14_175, 15_000, 28_574].map((ms) => fatalLosses(ms, 225)),
    [1, 2, 6, 7, 7, 7],
  );
});

form('says 24 in a million hours for default at 150 ms and 10 % loss, and far less than 1 at 2 %', () => {
  // 240 beats an hour, seven losses each: 240 · 10^-7 · 10^6.
  assert.is(falseDeathsPerMillionHours(HEARTBEAT_PRESETS.default, BAD).toFixed(6), '24.000000');
  assert.is(falseDeathsPerMillionHours(HEARTBEAT_PRESETS.default, ORDINARY).toFixed(6), '0.000307');
});

form('says the same of a longer wait that does not reach the next step', () => {
  assert.is(perMillionHours(15_000, 15_000, BAD), perMillionHours(15_000, 28_000, BAD));
  assert.ok(perMillionHours(15_000, 14_000, BAD) > 9.9 * perMillionHours(15_000, 15_000, BAD));
});
form.run();

const measured = suite('false deaths as documented');

measured('are those of the last long run', () => {
  assert.is(readDocument(), withTables(readDocument(), renderTables(figures)), 'UPDATE_FALSE_DEATHS=1 writes them');
});

measured('stand in the comment of each preset and in PROTOCOL.md', () => {
  const source = readFileSync('packages/core/src/connection/heartbeat-preset.ts', 'utf8').replaceAll(
    /\s+(\*\s)?/g,
    ' ',
  );
  const protocol = readFileSync('packages/core/PROTOCOL.md', 'utf8');
  for (const preset of PRESETS) {
    const [bad, ordinary] = [BAD, ORDINARY].map((way) => rate(perSide(figureOf(figures.counts, preset, way, 'dead'))));
    const comment = `\`${preset}\` takes a live peer for dead ${bad} times in a million hours at 10 % loss and 150 ms, ${ordinary} times at 2 %`;
    assert.ok(source.includes(comment), comment);
    assert.ok(protocol.includes(`| ${preset} | ${bad} | ${ordinary} |`), `PROTOCOL.md: ${preset}`);
  }
});

measured('were seen over at least ten million hours, within a factor of 2 of the adapted form', () => {
  for (const preset of PRESETS) {
    for (const way of WAYS) {
      const figure = figureOf(figures.counts, preset, way, 'dead');
      const ratio = perSide(figure) / adaptedFalseDeathsPerMillionHours(HEARTBEAT_PRESETS[preset], way);
      assert.ok(ratio > 0.5 && ratio < 2, `${preset} at ${way.loss}: ${ratio}`);
    }
  }
  for (const way of [BAD, ORDINARY]) assert.ok(figureOf(figures.counts, 'default', way, 'dead').hours >= 1e7);
});

for (const [setting, rareCount] of [
  ['default', 1500],
  ['game', 400],
  ['lan', 400],
  ['mobile', 600],
  ['Socket.IO', 5000],
  ['SignalR', 5000],
] as const) {
  measured(`are seen again in a short run: ${setting}`, () => {
    const options: CountOptions = { setting: settingOf(setting), way: BAD, verdict: 'dead', seed: 31 };
    const again = countRare(options, rareCount);
    const count = again.client + again.server;
    assert.ok(count >= 25, `${count} are too few to tell`);
    const ratio = ((count / 2 / again.hours) * 1e6) / perSide(figureOf(figures.counts, setting, BAD, 'dead'));
    assert.ok(Math.abs(Math.log(ratio)) < 4 / Math.sqrt(count), `${count} verdicts, ${ratio} times what is documented`);
  });
}

measured('are the same when no time is skipped', () => {
  const options: CountOptions = {
    setting: SETTINGS.get('SignalR')!,
    way: { rttMs: 150, loss: 0.3 },
    verdict: 'dead',
    seed: 3,
  };
  const [plain, skipping] = [countPlainly(options, 3000), countRare(options, 5000)];
  const [plainCount, count] = [plain.client + plain.server, skipping.client + skipping.server];
  const ratio = plainCount / plain.hours / (count / skipping.hours);
  const error = Math.sqrt(1 / plainCount + 1 / count);
  assert.ok(
    error < 0.08 && Math.abs(Math.log(ratio)) < 4 * error,
    `${plainCount} and ${count} verdicts, ratio ${ratio}`,
  );
  assert.ok(skipping.simulated < plain.simulated / 2);
});

measured('are counted by several processes as by one', async () => {
  const job = { kind: 'count', setting: 'SignalR', way: BAD, verdict: 'dead', rareCount: 200 } as const;
  const jobs: CountJob[] = [1, 2, 3].map((seed) => ({ ...job, seed }));
  assert.equal(await runJobsApart(jobs, { processes: 2 }), jobs.map(runJob));
});
measured.run();
