/** The chat's server and terminal as people start them: programs of their own, with arguments, streams and an exit code. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { bundleProgram, SOURCE_FLAGS } from '../support/program-bundle.ts';
import { withDeadline } from '../support/with-deadline.ts';

const root = path.resolve(import.meta.dirname, '../..');
const SERVER = 'examples/chat/server/main.ts';
const TERMINAL = 'examples/chat/terminal/main.ts';

/** Generous, because it is only ever waited out by a test that fails. */
const DEADLINE_MS = 30_000;

/** A program that has ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that runs, and what it has printed. */
export class Program {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  stdout = '';
  stderr = '';
  readonly #watchers = new Set<() => void>();

  constructor(command: readonly string[], input: string | Readable = '') {
    this.child = spawn(process.execPath, command, { cwd: root, env: { ...process.env, NO_COLOR: '1' } });
    for (const name of ['stdout', 'stderr'] as const) {
      this.child[name]!.setEncoding('utf8').on('data', (text: string) => {
        this[name] += text;
        for (const look of this.#watchers) look();
      });
    }
    this.ended = once(this.child, 'close').then(([code]) => {
      for (const look of this.#watchers) look();
      return { code: code as number | null, stdout: this.stdout, stderr: this.stderr };
    });
    // A program that ends before it has read everything is what some tests are about.
    this.child.stdin!.on('error', () => {});
    if (typeof input === 'string') this.child.stdin!.end(input);
    else input.pipe(this.child.stdin!);
  }

  /** Resolves when the standard output matches. Rejects when the program ends before. */
  printed(pattern: RegExp): Promise<void> {
    return this.#matched('stdout', pattern);
  }

  /** The same for the standard error. */
  complained(pattern: RegExp): Promise<void> {
    return this.#matched('stderr', pattern);
  }

  #matched(name: 'stdout' | 'stderr', pattern: RegExp): Promise<void> {
    const done = new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (pattern.test(this[name])) resolve();
        else if (this.child.exitCode !== null) reject(new Error(`it ended: ${this.stdout}${this.stderr}`));
        else return;
        this.#watchers.delete(look);
      };
      this.#watchers.add(look);
      look();
    });
    return withDeadline(DEADLINE_MS, done, () => `${String(pattern)} in ${this.stdout}${this.stderr}`);
  }

  /** Sends a signal, if it still runs, and waits for the end. */
  stop(signal: NodeJS.Signals): Promise<Ended> {
    this.child.kill(signal);
    return this.end();
  }

  end(): Promise<Ended> {
    return withDeadline(
      DEADLINE_MS,
      this.ended,
      () => `the end of the program; it printed ${this.stdout}${this.stderr}`,
    );
  }
}

/** Starts the server as `npm start` does, with these arguments. */
export function startServerFromSources(args: readonly string[]): Program {
  return new Program([...SOURCE_FLAGS, SERVER, ...args]);
}

/** The same, as {@link bundleChat} made it. */
export function startServer(args: readonly string[]): Program {
  return new Program([bundled('server'), ...args]);
}

/** Starts the terminal of `npm run chat` with these arguments, as {@link bundleChat} made it. */
export function startTerminal(args: readonly string[], input: string | Readable = ''): Program {
  return new Program([bundled('terminal'), ...args], input);
}

/** Runs the terminal client to its end. */
export function runTerminal(args: readonly string[], input: string | Readable = ''): Promise<Ended> {
  return startTerminal(args, input).end();
}

let bundles: Readonly<Record<'server' | 'terminal', string>> | undefined;

/** Compiles the server and the terminal client once, since they are started many times. Returns what removes them. */
export async function bundleChat(): Promise<() => void> {
  const [server, terminal] = await Promise.all([bundleProgram(SERVER), bundleProgram(TERMINAL)]);
  bundles = { server: server.file, terminal: terminal.file };
  return () => {
    server.remove();
    terminal.remove();
  };
}

function bundled(program: 'server' | 'terminal'): string {
  if (bundles === undefined) throw new Error('the chat is not bundled yet');
  return bundles[program];
}

/** A chat server on free ports. */
export interface ChatServerProcess {
  readonly program: Program;
  readonly tcpAddress: string;
  readonly wsAddress: string;
  readonly pageAddress: string;
  /** The texts in its log, in order. */
  logged(): string[];
  /** Ends it, however it is, and removes its log. */
  dispose(): Promise<void>;
}

/** Starts the server and waits until it says that it is running. */
export async function startChatServer(start: typeof startServer = startServer): Promise<ChatServerProcess> {
  const folder = mkdtempSync(path.join(tmpdir(), 'heartwire-chat-'));
  const log = path.join(folder, 'chat.log');
  const program = start(['--tcp-port', '0', '--http-port', '0', '--log', log]);
  const dispose = async (): Promise<void> => {
    await program.stop('SIGKILL');
    rmSync(folder, { recursive: true });
  };
  try {
    await program.printed(/stops the server/);
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    program,
    tcpAddress: find(program.stdout, /tcp:\/\/\S+/),
    wsAddress: find(program.stdout, /ws:\/\/\S+/),
    pageAddress: find(program.stdout, /http:\/\/\S+/),
    logged: () => readLog(log),
    dispose,
  };
}

/** The port in an address. */
export function portOf(address: string): string {
  return new URL(address).port;
}

function find(text: string, pattern: RegExp): string {
  const found = pattern.exec(text);
  if (found === null) throw new Error(`${String(pattern)} is not in: ${text}`);
  return found[0];
}

function readLog(file: string): string[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  lines.pop();
  return lines.map((line) => line.replace(/^\S+ [^:]+: /, ''));
}
