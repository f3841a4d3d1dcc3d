// An empty project, as somebody who has just heard of heartwire would make it.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import path from 'node:path';

const README_PORTS = [7000, 8080];
const PATIENCE_MS = 20_000;

const NODE_PROGRAM = {
  compilerOptions: {
    strict: true,
    skipLibCheck: false,
    skipDefaultLibCheck: true, // The compiler's own, which are not ours to check.
    target: 'es2022',
    module: 'nodenext',
    types: ['node'],
    rootDir: '.',
    outDir: 'out',
    rewriteRelativeImportExtensions: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
  },
  exclude: ['browser.ts', 'out'],
};

/** A bundled page: no Node types, and the WebSocket transport by its browser entry. */
const BROWSER_PROGRAM = {
  compilerOptions: {
    strict: true,
    skipLibCheck: false,
    skipDefaultLibCheck: true, // The compiler's own, which are not ours to check.
    target: 'es2022',
    lib: ['es2022', 'dom', 'esnext.disposable'],
    module: 'esnext',
    moduleResolution: 'bundler',
    customConditions: ['browser'],
    types: [],
    noEmit: true,
  },
  files: ['browser.ts'],
};

const BROWSER_SOURCE = `
import { connect } from '@heartwire/core';
import { ws } from '@heartwire/transport-ws';

const session = connect(ws('wss://chat.example/'));
session.liveness$.subscribe(({ status }) => document.title = status);
`;

/** Lets npm resolve versions and peers against this registry, and ask nobody else. */
export async function installProject(folder: string, registry: string): Promise<void> {
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const wanted = ['@heartwire/core', '@heartwire/transport-tcp', '@heartwire/transport-ws', 'rxjs', '@types/node'];
  const flags = ['--no-audit', '--no-fund', '--no-update-notifier', '--ignore-scripts', '--loglevel=error'];
  const where = [`--registry=${registry}`, `--cache=${path.join(folder, '.npm')}`, '--noproxy=127.0.0.1'];
  const npm = spawn('npm', ['install', ...flags, ...where, ...wanted], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  });
  const output = collect(npm);
  const code = await new Promise((resolve) => npm.on('close', resolve));
  if (code !== 0) throw new Error(`npm install ended with ${String(code)}:\n${output()}`);
}

/** Writes the README's program, and a page's beside it. */
export function writeProject(folder: string, files: ReadonlyMap<string, string>): void {
  for (const [name, text] of files) writeFileSync(path.join(folder, name), text);
  writeFileSync(path.join(folder, 'browser.ts'), BROWSER_SOURCE);
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(NODE_PROGRAM));
  writeFileSync(path.join(folder, 'tsconfig.browser.json'), JSON.stringify(BROWSER_PROGRAM));
}

/** Returns the diagnostics; empty is good. */
export function compile(compiler: string, folder: string, config: string): string {
  const args = [path.join(compiler, 'bin/tsc'), '-p', config, '--pretty', 'false'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  return status === 0 ? '' : stdout + stderr || `exit code ${String(status)}`;
}

/** The program with free ports in the place of the README's. */
export async function onFreePorts(program: ReadonlyMap<string, string>): Promise<Map<string, string>> {
  const ports = await Promise.all(README_PORTS.map(freePort));
  const replace = (text: string): string =>
    README_PORTS.reduce((changed, port, index) => changed.replaceAll(String(port), String(ports[index])), text);
  return new Map([...program].map(([name, text]) => [name, replace(text)]));
}

/** Runs the compiled server and then the compiled client until that prints "handled" or ends, and returns what they print. */
export async function runHello(folder: string, serverSource: string): Promise<{ client: string; server: string }> {
  const server = start(folder, 'out/server.js');
  const serverOutput = collect(server);
  try {
    for (const [, port] of serverSource.matchAll(/port: (\d+)/g)) await listening(Number(port), server, serverOutput);
    const client = start(folder, 'out/client.js');
    return { client: await printed(client, /handled/), server: serverOutput() };
  } finally {
    await end(server);
  }
}

export function runScript(folder: string, script: string): string {
  const args = ['--input-type=module', '--eval', script];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  return stdout + stderr;
}

function start(folder: string, file: string): ChildProcess {
  return spawn(process.execPath, [file], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
}

function collect(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (text += String(chunk)));
  return () => text;
}

/** Resolves with the output when it contains the pattern, or with all of it when the program ends or takes too long. */
async function printed(child: ChildProcess, pattern: RegExp): Promise<string> {
  const output = collect(child);
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  await new Promise<void>((resolve) => {
    child.stdout?.on('data', () => pattern.test(output()) && resolve());
    child.on('close', () => resolve());
  });
  clearTimeout(timer);
  await end(child);
  return output();
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise((resolve) => {
    child.on('close', resolve);
    child.kill('SIGKILL');
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return address && typeof address === 'object' ? address.port : 0;
}

/** Dials until somebody answers. */
async function listening(port: number, server: ChildProcess, output: () => string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await answers(port))) {
    if (server.exitCode !== null) throw new Error(`the server ended:\n${output()}`);
    if (Date.now() > deadline) throw new Error(`nobody listens on ${port}:\n${output()}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, 'localhost');
    socket.on('connect', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}
