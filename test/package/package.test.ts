// What we publish, as its users get it: packed, checked, installed into an empty project outside the workspace, compiled
// by both TypeScripts and run by a plain node. It works on what the build has made (npm test builds first).
// test-limit: 150s
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compile, installProject, onFreePorts, runHello, runScript, writeProject } from './consumer-project.ts';
import { startRegistry } from './loopback-registry.ts';
import { readHello } from './readme-hello.ts';

const root = path.resolve(import.meta.dirname, '../..');
const README = path.join(root, 'README.md');
const scratch = mkdtempSync(path.join(tmpdir(), 'heartwire-package-'));
const project = path.join(scratch, 'project');

/** Runs a program of the workspace and fails with all that it said when it does not end well. */
function run(program: string, args: readonly string[], cwd: string = root): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(root, program), ...args], {
    cwd,
    encoding: 'utf8',
  });
  assert.is(status, 0, `${program} ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}

function packAll(): string[] {
  const { packageManager } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  for (const name of readdirSync(path.join(root, 'packages'))) {
    const flags = ['pack', '--pack-destination', scratch];
    run(`.cache/${packageManager}/node_modules/pnpm/bin/pnpm.mjs`, flags, path.join(root, 'packages', name));
  }
  const names = readdirSync(scratch).filter((name) => name.endsWith('.tgz'));
  return names.map((name) => path.join(scratch, name));
}

const tarballs = packAll();
const packages = suite('each package');

for (const tarball of tarballs) {
  const name = path.basename(tarball, '.tgz');
  packages(`${name} holds what was built and nothing of the workspace`, () => {
    const files = spawnSync('tar', ['-tzf', tarball], { encoding: 'utf8' }).stdout.split('\n');
    const manifest = spawnSync('tar', ['-xzOf', tarball, 'package/package.json'], { encoding: 'utf8' }).stdout;
    assert.ok(files.includes('package/LICENSE'), 'no licence');
    assert.ok(
      files.some((file) => /^package\/dist\/[a-z]+\.js$/.test(file)),
      'no JavaScript',
    );
    assert.equal(
      files.filter((file) => file.includes('.tsbuildinfo')),
      [],
    );
    assert.not.match(manifest, /"development"|workspace:/);
  });
  packages(`${name} satisfies publint`, () => {
    run('node_modules/publint/src/cli.js', ['run', tarball, '--strict']);
  });
  packages(`${name} satisfies attw`, () => {
    run('node_modules/@arethetypeswrong/cli/dist/index.js', [tarball, '--profile', 'esm-only']);
  });
}
packages.run();

const installed = suite('in an empty project');
const hello = await onFreePorts(readHello(README));

installed('the packages install', async () => {
  mkdirSync(project);
  writeProject(project, hello);
  const registry = await startRegistry(tarballs, { root, scratch });
  try {
    await installProject(project, registry.url);
  } finally {
    await registry.close();
  }
});

installed('the README has a hello of at least a server and a client', () => {
  assert.ok(hello.has('server.ts') && hello.has('client.ts'), `found ${[...hello.keys()].join(', ') || 'nothing'}`);
});

// TypeScript 7 comes last: what it emits is run below.
for (const compiler of ['typescript5', 'typescript']) {
  installed(`the hello compiles with ${compiler}`, () => {
    const diagnostics = compile(path.join(root, 'node_modules', compiler), project, 'tsconfig.json');
    assert.ok(diagnostics === '', diagnostics);
  });
  installed(`the client side compiles for a browser with ${compiler}`, () => {
    const diagnostics = compile(path.join(root, 'node_modules', compiler), project, 'tsconfig.browser.json');
    assert.ok(diagnostics === '', diagnostics);
  });
}

installed('the hello runs on a plain node', async () => {
  const { client, server } = await runHello(project, hello.get('server.ts') ?? '');
  assert.ok(client.includes('handled'), `client: ${client}\nserver: ${server}`);
});

installed('an error class is the same from every entry point', () => {
  const script = `
    import { HeartwireError } from '@heartwire/core';
    import * as transport from '@heartwire/core/transport';
    console.log(HeartwireError === transport.HeartwireError);`;
  assert.is(runScript(project, script), 'true\n');
});

installed.after(() => rmSync(scratch, { recursive: true, force: true }));
installed.run();
