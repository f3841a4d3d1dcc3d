/** The figures as tables of Markdown. */
import { HEARTBEAT_PRESETS } from '../../packages/core/src/connection/heartbeat-preset.ts';
import { PRESETS, SETTINGS } from './all-settings.ts';
import type { Distribution } from './distribution.ts';
import { adaptedFalseDeathsPerMillionHours, falseDeathsPerMillionHours, type Way } from './false-deaths.ts';
import { perSide, type CountFigure, type CrashFigure, type DetectFigure, type Figures } from './figures.ts';
import type { VerdictName } from './setting.ts';

/** What is looked at: a bad way, an ordinary bad day, and two machines side by side. */
export const WAYS: readonly Way[] = [
  { rttMs: 150, loss: 0.1 },
  { rttMs: 150, loss: 0.02 },
  { rttMs: 1, loss: 0.001 },
];
/** The one on which detection is timed. */
export const DETECTION_WAY: Way = { rttMs: 150, loss: 0.02 };

export function renderTables(figures: Figures): ReadonlyMap<string, string> {
  return new Map([
    ['presets', presetTable(figures)],
    ['comparison', comparisonTable(figures)],
    ['crashes', crashTable(figures)],
  ]);
}

function presetTable({ counts }: Figures): string {
  const head = ['preset', 'way', 'closed form', 'adapted form', '**measured**', 'hours', 'false suspicions'];
  const rows = PRESETS.flatMap((preset) =>
    WAYS.map((way) => {
      const dead = figureOf(counts, preset, way, 'dead');
      const suspect = figureOf(counts, preset, way, 'suspect');
      const heartbeat = HEARTBEAT_PRESETS[preset];
      return [
        `\`${preset}\``,
        wayText(way),
        rate(falseDeathsPerMillionHours(heartbeat, way)),
        rate(adaptedFalseDeathsPerMillionHours(heartbeat, way)),
        `**${rate(perSide(dead))}**`,
        rate(dead.hours),
        rate(perSide(suspect)),
      ];
    }),
  );
  return table(head, rows);
}

function comparisonTable({ counts, detect }: Figures): string {
  const [bad, ordinary] = WAYS as [Way, Way];
  const head = [
    'settings',
    wayText(bad),
    wayText(ordinary),
    'dead: median',
    'p99',
    'longest',
    'suspect: median',
    'longest',
  ];
  const timesOf = (name: string, verdict: VerdictName): DetectFigure | undefined =>
    detect.find((figure) => figure.setting === name && figure.verdict === verdict);
  const rows = [...SETTINGS.keys()].map((name) => {
    const suspicion = timesOf(name, 'suspect');
    return [
      name in HEARTBEAT_PRESETS ? `heartwire \`${name}\`` : name,
      rate(perSide(figureOf(counts, name, bad, 'dead'))),
      rate(perSide(figureOf(counts, name, ordinary, 'dead'))),
      ...seconds(timesOf(name, 'dead')!),
      ...(suspicion === undefined ? ['–', '–'] : [seconds(suspicion)[0]!, seconds(suspicion)[2]!]),
    ];
  });
  return table(head, rows);
}

function crashTable({ crashes }: Figures): string {
  const head = ['preset', 'ways', 'crashes', 'suspect: median', 'p99', 'max', 'dead: median', 'p99', 'max'];
  const row = (name: string, ways: string, { suspect, dead }: CrashFigure['all']): string[] => [
    name,
    ways,
    suspect.count.toLocaleString('en'),
    ...seconds(suspect),
    ...seconds(dead),
  ];
  const rows = crashes.flatMap(({ preset, quick, all }) => [
    row(`\`${preset}\``, 'RTO0 = 200 ms', quick),
    row('', 'all', all),
  ]);
  return table(head, rows);
}

export function figureOf(counts: readonly CountFigure[], setting: string, way: Way, verdict: VerdictName): CountFigure {
  const found = counts.find(
    (figure) =>
      figure.setting === setting &&
      figure.verdict === verdict &&
      figure.way.rttMs === way.rttMs &&
      figure.way.loss === way.loss,
  );
  if (found === undefined) throw new Error(`${setting} has no figure for ${verdict} at ${wayText(way)}`);
  return found;
}

export function wayText({ rttMs, loss }: Way): string {
  return `${rttMs} ms, ${Number((loss * 100).toPrecision(3))} %`;
}

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** Two digits that count. */
export function rate(value: number): string {
  if (value === 0) return '0';
  const [mantissa = '', exponent = '0'] = value.toExponential(1).split('e');
  const power = Number(exponent);
  if (power >= -2 && power < 6) return Number(value.toPrecision(2)).toLocaleString('en', { maximumFractionDigits: 4 });
  const raised = String(Math.abs(power)).replaceAll(/\d/g, (digit) => SUPERSCRIPTS[Number(digit)]!);
  return `${mantissa} · 10${power < 0 ? '⁻' : ''}${raised}`;
}

function seconds({ median, p99, max }: Distribution): string[] {
  return [median, p99, max].map((ms) => `${(ms / 1000).toFixed(1)} s`);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
