// test-limit: 900s
/**
 * What heartwire says of each situation on loopback on other runtimes: Node 22 and 24, Bun, Deno. The one that dials runs there, with the
 * built packages, so that each takes what the export conditions give to its users; the peer is this Node.
 */
import process from 'node:process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bundleProgram } from '../support/program-bundle.ts';
import { runtimeBinary, type RuntimeBinary } from '../support/runtime-binary.ts';
import { openMatrix } from './matrix/matrix.ts';
import { RUNTIMES } from './matrix/runtime-name.ts';
import { LOOPBACK } from './situations/loopback.ts';
import { performAll } from './stage/perform-all.ts';

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
  const runtime = suite(`situations on ${RUNTIMES[name]}`);
  const binary = runtimeBinary(name);
  if ('unavailable' in binary) runtime('are seen', () => console.log(`SKIP: ${binary.unavailable}`));
  else addSituations(runtime, name, binary);
  runtime.run();
}

/** One runtime after the other: five transports side by side are enough. */
function addSituations(runtime: ReturnType<typeof suite>, name: Other, { command, version }: Available): void {
  let stage: ReturnType<typeof performAll> | undefined;
  const matrix = openMatrix(name, version);
  runtime.before(() => {
    stage = performAll(LOOPBACK, {
      observer: [...command, observer.file],
      peer: [process.execPath, peer.file],
      host: '127.0.0.1',
    });
  });
  for (const { situation, transport } of LOOPBACK.flatMap((it) =>
    it.transports.map((one) => ({ situation: it, transport: one })),
  )) {
    runtime(`${situation.name} over ${transport}`, async () => {
      const row = stage!.rows.find((one) => one.situation === situation && one.transport === transport);
      assert.equal(matrix.compare(situation, transport, await row!.performance), []);
    });
  }
  runtime.after(async () => {
    await stage?.close();
    matrix.close(LOOPBACK);
  });
}
