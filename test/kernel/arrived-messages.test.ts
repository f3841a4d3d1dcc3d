// A client is gone right behind its messages: what its kernel knows to have arrived reaches the server's handlers before the end is told (promise P9).
// test-limit: 120s
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { serve, type AnyContract, type CloseCause, type Server, type ServerSession } from '@heartwire/core';
import { tcpServer } from '@heartwire/transport-tcp';
import { wsServer } from '@heartwire/transport-ws';
import { bundleProgram, type ProgramBundle } from '../support/program-bundle.ts';
import { withDeadline } from '../support/with-deadline.ts';
import { findKernelFault } from './kernel-sockets.ts';
import { block } from './peer-process.ts';

const MESSAGES = 40;
const SLOW_MS = 20;
const DEADLINE_MS = 10_000;
/** Longer than what a failed write waits for. */
const STALL_MS = 330;

const messages = suite('messages that arrived before the end of their connection');
const fault = findKernelFault();
let bundle: ProgramBundle;
let folder: string;

messages.before(async () => {
  bundle = await bundleProgram('test/kernel/message-sender.ts');
  folder = mkdtempSync(path.join(tmpdir(), 'heartwire-arrived-'));
});

messages.after(() => {
  bundle.remove();
  rmSync(folder, { recursive: true });
});

for (const transport of ['tcp', 'ws'] as const) {
  for (const end of ['reset', 'kill'] as const) {
    for (const handler of ['quick', 'slow'] as const) {
      messages(
        `reach a ${handler} handler over ${transport} before the end is told, when the client is gone by ${end}`,
        async () => {
          if (fault !== null) return console.log(`SKIP: ${fault}`);
          const { atTheEnd, cause } = await run({ transport, end, handler, concurrency: MESSAGES });
          assert.equal(atTheEnd, numbers());
          assert.ok(cause.kind === 'reset' || (end === 'kill' && cause.kind === 'finished'), cause.kind);
        },
      );
    }
  }
  messages(
    `are all handled over ${transport}, one after the other, when their handler is slower than the end`,
    async () => {
      if (fault !== null) return console.log(`SKIP: ${fault}`);
      const { handled } = await run({ transport, end: 'reset', handler: 'slow', concurrency: 1 });
      assert.equal(handled, numbers());
    },
  );
}

messages.run();

interface Run {
  readonly transport: 'tcp' | 'ws';
  readonly end: 'reset' | 'kill';
  readonly handler: 'quick' | 'slow';
  readonly concurrency: number;
}

interface RunResult {
  /** The messages that had reached their handler when `connection$` said closed. */
  readonly atTheEnd: readonly number[];
  /** In the order in which their handlers finished, after all of them had. */
  readonly handled: readonly number[];
  readonly cause: CloseCause;
}

async function run({ transport, end, handler, concurrency }: Run): Promise<RunResult> {
  const started: number[] = [];
  const handled: number[] = [];
  let done: (result: RunResult) => void;
  const ended = new Promise<RunResult>((resolve) => {
    done = resolve;
  });
  let allHandled: () => void;
  const everything = new Promise<void>((resolve) => {
    allHandled = resolve;
  });
  const where = { port: 0, host: '127.0.0.1' };
  const server = await serve(transport === 'ws' ? wsServer(where) : tcpServer(where), {
    heartbeat: false,
    session(session) {
      const handle = async ({ number }: { number: number }): Promise<void> => {
        started.push(number);
        if (handler === 'slow') await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
        if (handled.push(number) === MESSAGES) allHandled();
      };
      session.handle('note', handle, { concurrency });
      session.connection$.subscribe((connection) => {
        if (connection.phase === 'closed') done({ atTheEnd: [...started], handled, cause: connection.cause });
      });
    },
  });
  const mark = path.join(folder, `${transport}-${end}-${handler}-${concurrency}`);
  const child = fork(bundle.file, [transport, server.addresses[0]!, String(MESSAGES), end, mark], { execArgv: [] });
  try {
    await withDeadline(DEADLINE_MS, once(child, 'message'), 'the client');
    const exited = once(child, 'exit');
    child.send('go');
    await failToWrite(server, mark);
    const result = await withDeadline(DEADLINE_MS, ended, 'the end of the connection');
    if (result.atTheEnd.length === MESSAGES || concurrency === 1)
      await withDeadline(DEADLINE_MS, everything, 'all handlers');
    await exited;
    return result;
  } finally {
    await stop(server, child);
  }
}

/**
 * While our loop is blocked the messages and the end arrive; then we write twice, and stall before anything can be read. All in callbacks of one round of
 * `setImmediate`: between them what was said is written, and sockets are not read.
 */
function failToWrite(server: Server<AnyContract>, mark: string): Promise<void> {
  const [session] = server.sessions.values() as IterableIterator<ServerSession<AnyContract>>;
  const write = (): void => void session!.send('late').catch(() => {});
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      if (blockUntilThere(mark)) write();
      else reject(new Error('the client did not end'));
    });
    setImmediate(write);
    setImmediate(() => {
      block(STALL_MS);
      resolve();
    });
  });
}

function blockUntilThere(mark: string): boolean {
  const untilMs = performance.now() + DEADLINE_MS;
  while (!existsSync(mark) && performance.now() < untilMs) block(1);
  // The file comes right before the end of a process that kills itself.
  block(SLOW_MS);
  return existsSync(mark);
}

async function stop(server: Server<AnyContract>, child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await server.close();
}

function numbers(): number[] {
  return Array.from({ length: MESSAGES }, (_, number) => number);
}
