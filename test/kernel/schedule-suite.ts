/** The random schedules as tests: the short and the long form differ in their numbers only. HEARTWIRE_SEED=17 runs the batch of that seed alone. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bundleProgram } from '../support/program-bundle.ts';
import { certificate, key } from '../support/tls/localhost.ts';
import { findKernelFault } from './kernel-sockets.ts';
import { PeerProcess } from './peer-process.ts';
import { BATCH_CONNECTIONS, drawBatch } from './schedule-plan.ts';
import { describe, runBatch, type Outcome } from './schedule-run.ts';

const MAX_SHOWN = 10;
const PROGRESS_EACH = 1000;

/** Queues a suite with so many schedules, from this seed on. */
export function testSchedules({ schedules, firstSeed }: { schedules: number; firstSeed: number }): void {
  const test = suite('no byte that arrived is lost, however it ends');
  const fault = findKernelFault();
  test(`${schedules} random schedules against a real peer`, async () => {
    if (fault !== null) return console.log(`SKIP: ${fault}`);
    const chosen = process.env['HEARTWIRE_SEED'];
    const seeds = chosen === undefined ? seedsFrom(firstSeed, schedules / BATCH_CONNECTIONS) : [Number(chosen)];
    const { violations, outcomes } = await runAll(seeds);
    assert.equal(
      violations.slice(0, MAX_SHOWN),
      [],
      `${violations.length} violations; HEARTWIRE_SEED=… runs one seed alone`,
    );
    assert.is(outcomes, seeds.length * BATCH_CONNECTIONS);
  });
  test.run();
}

async function runAll(seeds: readonly number[]): Promise<{ violations: string[]; outcomes: number }> {
  const bundle = await bundleProgram('test/kernel/raw-peer.ts');
  const tls = { key: key.toString(), cert: certificate.toString() };
  const violations: string[] = [];
  const tally = new Tally();
  // The peer may make its mark when the batch is over for us, so all of them are removed when it has ended.
  const folder = mkdtempSync(path.join(tmpdir(), 'heartwire-struck-'));
  let peer = new PeerProcess(bundle.file);
  try {
    for (const seed of seeds) {
      const plan = drawBatch(seed);
      if (plan.connections.some(({ fault }) => fault === 'kill')) tally.kills += 1;
      try {
        const result = await runBatch(plan, peer, { tls, mark: path.join(folder, String(seed)) });
        violations.push(...result.violations);
        tally.add(result.outcomes);
      } catch (error) {
        throw new Error(`seed ${seed} (${describe(plan)}): ${(error as Error).message}`, { cause: error });
      }
      if (plan.connections.some(({ fault }) => fault === 'kill')) {
        await peer.end();
        peer = new PeerProcess(bundle.file);
      }
    }
  } finally {
    await peer.end();
    bundle.remove();
    rmSync(folder, { recursive: true });
  }
  tally.print();
  return { violations, outcomes: tally.outcomes };
}

class Tally {
  kills = 0;
  outcomes = 0;
  readonly #startedAtMs = performance.now();
  readonly #ends = new Map<string, number>();
  #arrivedBytes = 0;
  #readBytes = 0;
  #unarrived = 0;

  add(outcomes: readonly Outcome[]): void {
    for (const { plan, cause, arrivedBytes, bytesRead, writtenBytes } of outcomes) {
      const end = `${plan.fault}: ${cause}`;
      this.#ends.set(end, (this.#ends.get(end) ?? 0) + 1);
      this.#arrivedBytes += arrivedBytes;
      this.#readBytes += bytesRead;
      if (arrivedBytes < writtenBytes) this.#unarrived += 1;
      this.outcomes += 1;
      if (this.outcomes % PROGRESS_EACH === 0) this.print();
    }
  }

  print(): void {
    const ends = [...this.#ends].map(([end, count]) => `${end} ${count}`).sort();
    console.log(
      `${this.outcomes} schedules in ${((performance.now() - this.#startedAtMs) / 1000).toFixed(1)} s: ` +
        `${megabytes(this.#arrivedBytes)} acknowledged before the fault, ${megabytes(this.#readBytes)} read; ` +
        `${this.#unarrived} with more written than had arrived; ${ends.join(', ')}; ${this.kills} processes killed`,
    );
  }
}

function seedsFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
