// Every situation on loopback, over every transport, fifty times in a row: the same states, the same cause, the same evidence each time (promises P7, P8, P9).
// test-limit: 3600s
import process from 'node:process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bundleProgram } from '../support/program-bundle.ts';
import { LOOPBACK } from './situations/loopback.ts';
import { checkPerformance } from './stage/check-performance.ts';
import { performAll, type Row } from './stage/perform-all.ts';
import type { TheatreOptions } from './stage/theatre.ts';

const ROUNDS = 50;

interface Figures {
  readonly knownAfterMs: number[];
  readonly faults: string[];
}

const loopback = suite('situations on loopback, many times');

loopback(`are the same in ${ROUNDS} of ${ROUNDS} rounds`, async () => {
  const observer = await bundleProgram('test/kernel/programs/observer-process.ts');
  const peer = await bundleProgram('test/kernel/programs/peer-process.ts');
  const options = {
    observer: [process.execPath, observer.file],
    peer: [process.execPath, peer.file],
    host: '127.0.0.1',
  };
  const figures = new Map<string, Figures>();
  try {
    for (let round = 1; round <= ROUNDS; round += 1) {
      await performRound(round, options, figures);
      const faults = [...figures.values()].reduce((sum, row) => sum + row.faults.length, 0);
      console.log(`round ${round} of ${ROUNDS}: ${faults} faults so far`);
    }
  } finally {
    observer.remove();
    peer.remove();
  }
  print(figures);
  assert.equal(
    [...figures.values()].flatMap(({ faults }) => faults),
    [],
  );
});

async function performRound(round: number, options: TheatreOptions, figures: Map<string, Figures>): Promise<void> {
  const { rows, close } = performAll(LOOPBACK, options);
  try {
    for (const row of rows) await note(row, round, figures);
  } finally {
    await close();
  }
}

async function note(
  { situation, transport, performance }: Row,
  round: number,
  all: Map<string, Figures>,
): Promise<void> {
  const name = `${situation.name} over ${transport}`;
  const figures = all.get(name) ?? { knownAfterMs: [], faults: [] };
  all.set(name, figures);
  try {
    const seen = await performance;
    if (seen.observer.knownAfterMs !== null) figures.knownAfterMs.push(seen.observer.knownAfterMs);
    const faults = checkPerformance(situation, transport, seen);
    if (faults.length > 0) figures.faults.push(`${name}, round ${round}: ${faults.join('; ')}`);
  } catch (error) {
    figures.faults.push(`${name}, round ${round}: ${String(error)}`);
  }
}

/** When the end was known, in milliseconds after it came about. */
function print(figures: ReadonlyMap<string, Figures>): void {
  const lines = [...figures].map(([name, { knownAfterMs }]) => {
    const sorted = [...knownAfterMs].sort((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)];
    const times =
      median === undefined ? 'nothing was said' : `${median.toFixed(1)} ms, at most ${sorted.at(-1)!.toFixed(1)}`;
    return `  ${name.padEnd(48)} ${times}`;
  });
  console.log(`\n${figures.size} rows, ${ROUNDS} rounds; known after, median:\n${lines.join('\n')}`);
}

loopback.run();
