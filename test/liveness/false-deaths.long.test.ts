// test-limit: 3600s
// test-alone: both processors simulate
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fixedMargin, HEARTBEAT_PRESETS } from '../../packages/core/src/connection/heartbeat-preset.ts';
import { PRESETS, SETTINGS } from './all-settings.ts';
import { countPlainly, countRare, type CountOptions } from './count-false-verdicts.ts';
import { distributionOf } from './distribution.ts';
import {
  adaptedFalseDeathsPerMillionHours,
  falseDeathsPerMillionHours,
  steadyMarginMs,
  type Way,
} from './false-deaths.ts';
import { isUpdating, perSide, writeFigures, type CountFigure } from './figures.ts';
import { runJobsApart } from './jobs-apart.ts';
import { settingOf, type CountJob } from './jobs.ts';
import type { VerdictName } from './setting.ts';
import { heartwireWith } from './settings/heartwire.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { DETECTION_WAY, figureOf, rate, renderTables, WAYS, wayText } from './tables.ts';
import { countOverWholeTcp } from './whole-tcp.ts';

const HOURS_MIN = 10_000_000;
/** Rare segments for each figure, in slices that go to whichever process is free. Akka's remembers longer, and each costs more. */
const SLICES = 8;
const RARE_EACH = { heartwire: 3000, akka: 300, others: 10_000 };
const FIXED_RARE = 10_000;
const CRASHES = 20_000;

const counting = suite('false deaths');
let counts: CountFigure[] = [];

counting('are counted', async () => {
  const wanted = [...SETTINGS.keys()].flatMap((setting) =>
    waysOf(setting).flatMap((way) => verdictsOf(setting).map((verdict) => ({ setting, way, verdict }))),
  );
  const jobs = wanted.flatMap((figure) => slicesOf(figure));
  const startedAtMs = performance.now();
  const results = await runJobsApart(jobs, { onProgress: progress('of the counts', startedAtMs) });
  counts = wanted.map((figure, index) => {
    const own = results.slice(index * SLICES, (index + 1) * SLICES);
    const verdicts = own.reduce((sum, { client, server }) => sum + client + server, 0);
    return { ...figure, verdicts, hours: own.reduce((sum, { hours }) => sum + hours, 0) };
  });
  const simulated = results.reduce((sum, result) => sum + result.simulated, 0);
  console.log(
    `${simulated.toLocaleString('en')} segments one by one, ${((performance.now() - startedAtMs) / 1000).toFixed(0)} s`,
  );
  for (const figure of counts) console.log(describe(figure));
});

for (const way of WAYS.slice(0, 2)) {
  counting(`on default are within a factor of 2 of the form at ${wayText(way)}, over 10,000,000 hours`, () => {
    const figure = figureOf(counts, 'default', way, 'dead');
    assert.ok(figure.hours >= HOURS_MIN, `${figure.hours} hours`);
    const closed = falseDeathsPerMillionHours(HEARTBEAT_PRESETS.default, way);
    const adapted = adaptedFalseDeathsPerMillionHours(HEARTBEAT_PRESETS.default, way);
    console.log(`${wayText(way)}: closed ${rate(closed)}, adapted ${rate(adapted)}, measured ${rate(perSide(figure))}`);
    assert.ok(perSide(figure) < 2 * closed, 'the margins only grow beyond what the closed form counts with');
    assert.ok(perSide(figure) > adapted / 2 && perSide(figure) < adapted * 2);
  });
}

for (const way of WAYS.slice(0, 2)) {
  counting(
    `with the margin of default, held where a way without losses leaves it, are those of the closed form: ${wayText(way)}`,
    () => {
      const { default: preset } = HEARTBEAT_PRESETS;
      const fixed = { ...preset, dead: fixedMargin(steadyMarginMs(preset.dead, way.rttMs)) };
      const setting = heartwireWith('default, fixed', fixed);
      const { client, server, hours } = countRare({ setting, way, verdict: 'dead', seed: 1 }, FIXED_RARE);
      const measured = ((client + server) / 2 / hours) * 1e6;
      const closed = falseDeathsPerMillionHours(fixed, way);
      console.log(
        `${wayText(way)}: closed ${rate(closed)}, measured ${rate(measured)} over ${hours.toExponential(1)} hours`,
      );
      assert.ok(hours >= HOURS_MIN && measured > closed / 2 && measured < closed * 2);
    },
  );
}

counting('of every preset are within a factor of 2 of the adapted form', () => {
  for (const preset of PRESETS) {
    for (const way of WAYS) {
      const ratio =
        perSide(figureOf(counts, preset, way, 'dead')) /
        adaptedFalseDeathsPerMillionHours(HEARTBEAT_PRESETS[preset], way);
      assert.ok(ratio > 0.5 && ratio < 2, `${preset}, ${wayText(way)}: ${ratio}`);
    }
  }
});

/** Losses that are frequent enough to be seen without any skipping. */
const CROSS_CHECKS: readonly (readonly [string, Way, VerdictName, hours: number, rare: number])[] = [
  ['default', { rttMs: 150, loss: 0.3 }, 'dead', 10_000, 10_000],
  ['default', { rttMs: 150, loss: 0.2 }, 'suspect', 4000, 10_000],
  ['game', { rttMs: 150, loss: 0.2 }, 'dead', 1500, 10_000],
  ['Socket.IO', { rttMs: 150, loss: 0.3 }, 'dead', 50_000, 50_000],
  ['SignalR', { rttMs: 150, loss: 0.3 }, 'dead', 30_000, 50_000],
  ['Akka, φ 8, every 1 s', { rttMs: 150, loss: 0.1 }, 'dead', 3000, 3000],
];

for (const [setting, way, verdict, hours, rare] of CROSS_CHECKS) {
  counting(`are the same when nothing is skipped: ${setting}, ${verdict} at ${wayText(way)}`, () => {
    const options: CountOptions = { setting: settingOf(setting), way, verdict, seed: 4711 };
    const [plain, skipping] = [countPlainly(options, hours), countRare(options, rare)].map((result) => ({
      count: result.client + result.server,
      rate: (result.client + result.server) / result.hours,
    }));
    const error = Math.sqrt(1 / plain!.count + 1 / skipping!.count);
    const difference = Math.abs(Math.log(plain!.rate / skipping!.rate));
    console.log(
      `${setting}: ${plain!.count} and ${skipping!.count} verdicts, ${(difference / error).toFixed(1)} standard errors apart`,
    );
    assert.ok(difference < 4 * error, `${plain!.rate} and ${skipping!.rate} an hour`);
    assert.ok(error < 0.2, 'enough to tell');
  });
}

for (const [setting, hours] of [
  ['default', 4000],
  ['Socket.IO', 10_000],
  ['SignalR', 6000],
] as const) {
  counting(`are the same when acknowledgements are lost, too, and fewer with TCP’s loss probe: ${setting}`, () => {
    const way: Way = { rttMs: 150, loss: 0.3 };
    const ladder = countPlainly({ setting: settingOf(setting), way, verdict: 'dead', seed: 6 }, hours);
    const plain = ladder.client + ladder.server;
    const [lossy, probing] = [false, true].map((probes) =>
      countOverWholeTcp(settingOf(setting), way, hours, { losesAcks: true, probes }, new SeededRandom(7).next),
    ) as [number, number];
    console.log(
      `${setting}: ${plain} by the ladder, ${lossy} with lost acknowledgements, ${probing} with a loss probe, too`,
    );
    assert.ok(
      Math.abs(Math.log(lossy / plain)) < 4 * Math.sqrt(1 / lossy + 1 / plain),
      'lost acknowledgements do not matter',
    );
    assert.ok(probing < 0.5 * lossy, 'the probe is one more transmission');
  });
}

counting('are no use when the truth takes long', async () => {
  const wanted = [...SETTINGS.keys()].flatMap((setting) =>
    verdictsOf(setting).map((verdict) => ({ setting, verdict })),
  );
  const jobs = wanted.map((figure) => {
    return { kind: 'detect' as const, ...figure, way: DETECTION_WAY, crashes: CRASHES, seed: 1 };
  });
  const times = await runJobsApart(jobs);
  const detect = wanted.map((figure, index) => ({ ...figure, ...distributionOf(times[index]!) }));
  for (const { setting, verdict, median, p99, max } of detect) {
    console.log(`${setting}: ${verdict} after ${median.toFixed()}, ${p99.toFixed()}, ${max.toFixed()} ms`);
  }
  if (isUpdating) writeFigures({ counts, detect }, renderTables);
});

counting.run();

/** The others were not made for machines side by side, and nobody asks. */
function waysOf(setting: string): readonly Way[] {
  return setting in HEARTBEAT_PRESETS ? WAYS : WAYS.slice(0, 2);
}

/** Only ours is suspicious before it is sure. */
function verdictsOf(setting: string): readonly VerdictName[] {
  return setting in HEARTBEAT_PRESETS ? ['dead', 'suspect'] : ['dead'];
}

function slicesOf(figure: Pick<CountJob, 'setting' | 'way' | 'verdict'>): CountJob[] {
  const who = figure.setting in HEARTBEAT_PRESETS ? 'heartwire' : figure.setting.startsWith('Akka') ? 'akka' : 'others';
  return Array.from({ length: SLICES }, (_, slice) => ({
    kind: 'count',
    ...figure,
    seed: 1000 + slice,
    rareCount: RARE_EACH[who],
  }));
}

function describe(figure: CountFigure): string {
  const { setting, way, verdict, verdicts, hours } = figure;
  return `${setting}, ${wayText(way)}: ${rate(perSide(figure))} false ${verdict} in 10^6 h, ${verdicts} in ${rate(hours)} h`;
}

function progress(what: string, startedAtMs: number): (done: number, of: number) => void {
  let told = 0;
  return (done, of) => {
    const tenth = Math.floor((10 * done) / of);
    if (tenth === told) return;
    told = tenth;
    console.log(`${tenth * 10} % ${what}, ${((performance.now() - startedAtMs) / 1000).toFixed(0)} s`);
  };
}
