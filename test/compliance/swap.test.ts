// The README's hello, once over TCP and once with the one line swapped as the README says (promise P19).
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readHello } from '../package/readme-hello.ts';
import { bundleProgram } from '../support/program-bundle.ts';
import { withDeadline } from '../support/with-deadline.ts';

const root = path.resolve(import.meta.dirname, '../..');
const readme = path.join(root, 'README.md');
const DEADLINE_MS = 20_000;

const swap = suite('swapping the transport of the hello');

swap('changes one line and its import, and nothing of what the program prints', async () => {
  const hello = readHello(readme);
  const overTcp = hello.get('client.ts')!;
  const overWs = swapped(overTcp);
  assert.equal(changedLines(overTcp, overWs), [
    `import { ws } from '@heartwire/transport-ws';`,
    `const session = connect<Chat>(ws('ws://localhost:8080'));`,
  ]);
  await inFolder(
    { ...Object.fromEntries(hello), 'server.ts': onFreePorts(hello.get('server.ts')!) },
    async (folder) => {
      const server = await start(folder, 'server.ts');
      const { tcp, ws } = await addressesOf(server);
      const printed = [
        await run(folder, 'over-tcp.ts', overTcp.replace('tcp://localhost:7000', tcp)),
        await run(folder, 'over-ws.ts', overWs.replace('ws://localhost:8080', ws)),
      ];
      server.kill();
      await once(server, 'exit');
      assert.equal(printed[0], ['lobby: hi', 'handled <time>', `[ 'ada', 'grace' ]`]);
      assert.equal(printed[1], printed[0]);
    },
  );
});
swap.run();

/** The program with the line that the README's diff swaps, and the import that goes with it. */
function swapped(program: string): string {
  const diff = /^```diff\n-(.*)\n\+(.*)\n```$/m.exec(readFileSync(readme, 'utf8'));
  if (diff === null) throw new Error('the README has no diff that swaps the transport');
  const [, before = '', after = ''] = diff;
  assert.ok(program.includes(`\n${before}\n`), `the hello does not have the line ${before}`);
  return program
    .replace(before, after)
    .replace(`import { tcp } from '@heartwire/transport-tcp';`, `import { ws } from '@heartwire/transport-ws';`);
}

function changedLines(before: string, after: string): string[] {
  const lines = before.split('\n');
  return after.split('\n').filter((line, index) => line !== lines[index]);
}

function onFreePorts(program: string): string {
  return program.replace('port: 7000', 'port: 0').replace('port: 8080', 'port: 0');
}

/** Inside of the repository, where the packages can be found. */
async function inFolder(files: Record<string, string>, use: (folder: string) => Promise<void>): Promise<void> {
  const parent = path.join(root, '.cache');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(path.join(parent, 'hello-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function start(folder: string, name: string): Promise<ChildProcessWithoutNullStreams> {
  const program = await bundleProgram(path.relative(root, path.join(folder, name)));
  const child = spawn(process.execPath, [program.file], { cwd: root });
  child.on('exit', program.remove);
  child.stderr.pipe(process.stderr);
  return child;
}

async function addressesOf(server: ChildProcessWithoutNullStreams): Promise<{ tcp: string; ws: string }> {
  let printed = '';
  const complete = new Promise<void>((resolve) => {
    server.stdout.on('data', (text: Buffer) => {
      printed += text.toString();
      if (printed.includes(']\n')) resolve();
    });
  });
  await withDeadline(DEADLINE_MS, complete, () => `the addresses of the server, after: ${printed}`);
  const [tcp = '', ws = ''] = [...printed.matchAll(/'([a-z]+:[^']+)'/g)].map(([, address = '']) => address);
  return { tcp, ws };
}

/** What the program prints, without the liveness, which takes its own time, and without times. */
async function run(folder: string, name: string, program: string): Promise<string[]> {
  writeFileSync(path.join(folder, name), program);
  const child = await start(folder, name);
  let printed = '';
  child.stdout.on('data', (text: Buffer) => (printed += text.toString()));
  const [code] = (await withDeadline(
    DEADLINE_MS,
    once(child, 'close'),
    () => `the end of ${name}, after: ${printed}`,
  )) as [number];
  assert.is(code, 0);
  const lines = printed.trimEnd().split('\n');
  return lines
    .filter((line) => !/^(unknown|alive|suspect|dead) /.test(line))
    .map((line) => line.replace(/\d+(\.\d+)?$/, '<time>'));
}
