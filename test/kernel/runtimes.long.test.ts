// test-limit: 900s
/**
 * What heartwire says of each situation on loopback on other runtimes: Node 22 and 24, Bun, Deno. The one that dials runs there, with the
 * built packages, so that each takes what the export conditions give to its users; the peer is this Node. Then the other way round, for a server.
 */
import process from 'node:process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bundleProgram } from '../support/program-bundle.ts';
import { runtimeBinary, type RuntimeBinary } from '../support/runtime-binary.ts';
import { openMatrix } from './matrix/matrix.ts';
import { RUNTIMES } from './matrix/runtime-name.ts';
import { LOOPBACK } from './situations/loopback.ts';
import { SERVED } from './situations/served.ts';
import { fromPeer } from './stage/from-peer.ts';
import { performAll } from './stage/perform-all.ts';
import type { Situation } from './stage/situation.ts';

const OTHERS = ['node22', 'node24', 'bun', 'deno'] as const;
type Other = (typeof OTHERS)[number];
type Available = Exclude<RuntimeBinary, { unavailable: string }>;

const observer = await bundleProgram('test/kernel/programs/observer-process.ts');
const peer = await bundleProgram('test/kernel/programs/peer-process.ts');
for (const name of OTHERS) addRuntime(name);
const end = suite('the programs');
end('are removed', () => {
  observer.remove();
  peer.remove();
});
end.run();

function addRuntime(name: Other): void {
  const binary = runtimeBinary(name);
  if ('unavailable' in binary) {
    const runtime = suite(RUNTIMES[name]);
    runtime('is there', () => console.log(`SKIP: ${binary.unavailable}`));
    runtime.run();
    return;
  }
  const there = [...binary.command, observer.file];
  const here = [process.execPath, observer.file];
  addSituations(`situations on ${RUNTIMES[name]}`, LOOPBACK, name, binary, there, [process.execPath, peer.file]);
  addSituations(`a server on ${RUNTIMES[name]}`, SERVED, name, binary, here, [...binary.command, peer.file]);
}

/** One runtime after the other: five transports side by side are enough. */
function addSituations(
  title: string,
  situations: readonly Situation[],
  name: Other,
  { version }: Available,
  dials: readonly string[],
  listens: readonly string[],
): void {
  const runtime = suite(title);
  const matrix = openMatrix(name, version);
  let stage: ReturnType<typeof performAll> | undefined;
  runtime.before(() => {
    stage = performAll(situations, { observer: dials, peer: listens, host: '127.0.0.1' });
  });
  for (const situation of situations) {
    for (const transport of situation.transports) {
      runtime(`${situation.name} over ${transport}`, async () => {
        const row = stage!.rows.find((one) => one.situation === situation && one.transport === transport);
        const seen = await row!.performance;
        assert.equal(matrix.compare(situation, transport, situation.place === 'served' ? fromPeer(seen) : seen), []);
      });
    }
  }
  runtime.after(async () => {
    await stage?.close();
    matrix.close(situations);
  });
  runtime.run();
}
