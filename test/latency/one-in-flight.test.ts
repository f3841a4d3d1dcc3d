// test-alone: it measures times
/**
 * One message at a time: how long `await session.send(…)` takes, measured against a bare echo over `net` in the same run.
 *
 * Nothing in heartwire may wait for a timer while somebody waits for a confirmation, and the acknowledgement leaves in the turn in which the
 * handler has finished. What it may add is its own work: some tens of microseconds on both sides together, where one timer takes a
 * thousand. Both servers live in one other process and both clients in this one; rounds of the two take turns, and the median of
 * the rounds counts, so that what disturbs the machine disturbs both.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import { connect } from '@heartwire/core';
import { tcp } from '@heartwire/transport-tcp';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bundleProgram } from '../support/program-bundle.ts';
import { withDeadline } from '../support/with-deadline.ts';

/**
 * On two cores that sleep between the messages 1.1 to 1.3 is measured. Where they do not sleep, a bare echo takes a third of the time and our own work
 * stays what it is: then that work is the bound. No timer of any platform is over so soon.
 */
const MAX_RATIO = 1.3;
const MAX_ADDED_US = 100;
const MESSAGE = { room: 'lobby', text: 'hi' };
/** What the message is on the wire. */
const ECHOED_BYTES = 28;
const WARM_UP_MESSAGES = 5000;
const ROUNDS = 15;
const ROUND_MESSAGES = 300;
/** The quietest attempt counts: what else the machine does, and how the two processes happen to lie in its caches, moves the ratio by a tenth. */
const ATTEMPTS = 8;

/** One exchange, from its beginning to its end. */
type Exchange = () => Promise<unknown>;

const latency = suite('one message in flight');

latency('adds at most its own work to a bare echo, and waits for no timer', async () => {
  const servers = await bundleProgram('test/latency/echo-server.ts');
  const child = fork(servers.file, { execArgv: [] });
  const [{ echoPort, address }] = (await withDeadline(10_000, once(child, 'message'), 'the servers')) as [Addresses];
  const socket = connectSocket({ port: echoPort, host: '127.0.0.1', noDelay: true });
  const session = connect(tcp(address));
  await session.ready;
  const echo = echoing(socket);
  const send = (): Promise<unknown> => session.send('say', MESSAGE);
  await measure(echo, WARM_UP_MESSAGES);
  await measure(send, WARM_UP_MESSAGES);

  let best = await compare(echo, send);
  for (let attempt = 1; attempt < ATTEMPTS && !isGood(best); attempt += 1) {
    const next = await compare(echo, send);
    if (next.ratio < best.ratio) best = next;
  }
  await session.close();
  socket.destroy();
  await end(child);
  servers.remove();
  assert.ok(isGood(best), `the ratio is ${best.ratio.toFixed(2)}, and ${best.addedUs.toFixed()} µs are added`);
});
latency.run();

interface Comparison {
  readonly ratio: number;
  readonly addedUs: number;
}

function isGood({ ratio, addedUs }: Comparison): boolean {
  return ratio <= MAX_RATIO || addedUs <= MAX_ADDED_US;
}

interface Addresses {
  readonly echoPort: number;
  readonly address: string;
}

/** The medians over some rounds, and a line that tells of them. */
async function compare(echo: Exchange, send: Exchange): Promise<Comparison> {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const isEchoFirst = round % 2 === 0;
    const first = await measure(isEchoFirst ? echo : send, ROUND_MESSAGES);
    const second = await measure(isEchoFirst ? send : echo, ROUND_MESSAGES);
    rounds.push(isEchoFirst ? { echoUs: first, sendUs: second } : { echoUs: second, sendUs: first });
  }
  const ratio = median(rounds.map(({ echoUs, sendUs }) => sendUs / echoUs));
  const addedUs = median(rounds.map(({ echoUs, sendUs }) => sendUs - echoUs));
  const [echoUs, sendUs] = [median(rounds.map((it) => it.echoUs)), median(rounds.map((it) => it.sendUs))];
  console.log(`p50: bare echo ${echoUs.toFixed(1)} µs, await send ${sendUs.toFixed(1)} µs, ratio ${ratio.toFixed(2)}`);
  return { ratio, addedUs };
}

/** The median time of one exchange, in microseconds. */
async function measure(exchange: Exchange, count: number): Promise<number> {
  const times = [];
  for (let index = 0; index < count; index += 1) {
    const startedAt = process.hrtime.bigint();
    await exchange();
    times.push(Number(process.hrtime.bigint() - startedAt) / 1000);
  }
  return median(times);
}

function echoing(socket: Socket): Exchange {
  const bytes = Buffer.alloc(ECHOED_BYTES, 'x');
  let missing = 0;
  let answer = (): void => {};
  socket.on('data', (chunk) => {
    missing -= chunk.length;
    if (missing === 0) answer();
  });
  return () =>
    new Promise<void>((resolve) => {
      answer = resolve;
      missing = bytes.length;
      socket.write(bytes);
    });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.disconnect();
  await withDeadline(10_000, exited, 'the end of the servers');
}
