// test-limit: 7200s
/** Every situation between network namespaces, fifty times in a row, side by side; how long it took to know is printed. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { whyNoNetworks } from './network/can-make-networks.ts';
import { bundlePrograms, performSideBySide, rowsOf, type Programs, type Row } from './network/side-by-side.ts';
import { BETWEEN_NAMESPACES, OF_PATIENCE } from './situations/between-namespaces.ts';
import { checkPerformance } from './stage/check-performance.ts';
import type { Performance } from './stage/theatre.ts';

const RUNS = 50;
const WIDTH = 24;

const again = suite('situations between network namespaces, again and again');
const rows = rowsOf([...OF_PATIENCE, ...BETWEEN_NAMESPACES]);
const whyNot = await whyNoNetworks();
if (whyNot === null) performAll(await bundlePrograms());
else {
  for (const { name } of rows) {
    console.log(`SKIP: ${name}: ${whyNot}`);
    again.skip(name);
  }
}
again.run();

function performAll(programs: Programs): void {
  const runs = rows.flatMap((row) => Array.from({ length: RUNS }, () => ({ ...row })));
  const { performances, ended } = performSideBySide(runs, programs, WIDTH);
  for (const row of rows) {
    again(`${row.name}: ${RUNS} times the same`, async () => {
      const mine = runs.filter(({ name }) => name === row.name);
      const seen = await Promise.allSettled(mine.map((run) => performances.get(run)!));
      const performed = seen.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      console.log(figuresOf(row, performed));
      assert.equal(
        seen.flatMap((result) =>
          result.status === 'fulfilled' ? checkRow(row, result.value) : [String(result.reason)],
        ),
        [],
      );
    });
  }
  again.after(async () => {
    await ended;
    programs.observer.remove();
    programs.peer.remove();
  });
}

function checkRow({ situation, transport }: Row, performance: Performance): string[] {
  return checkPerformance(situation, transport, performance);
}

function figuresOf({ name }: Row, performances: readonly Performance[]): string {
  const known = spreadOf(performances.map(({ observer }) => observer.knownAfterMs));
  const byPeer = spreadOf(performances.map(({ peer }) => peer?.knownAfterMs ?? null));
  const verdict = spreadOf(performances.map(({ heartbeat }) => heartbeat?.afterMs ?? null));
  return `  ${name}: known ${known}; by the peer ${byPeer}; with a heartbeat ${verdict}`;
}

/** Earliest, median and latest, in milliseconds. */
function spreadOf(values: readonly (number | null)[]): string {
  const times = values.filter((value) => value !== null).sort((a, b) => a - b);
  if (times.length === 0) return 'never';
  return [times[0]!, times[times.length >> 1]!, times.at(-1)!].map((ms) => ms.toFixed()).join(' / ');
}
