// test-limit: 300s
// test-alone: it measures the processor
/** Thousands of idle sessions over real sockets: what their heartbeats cost the server, beside bare sockets that beat as often (design: at most 1.3 times). */
import { fork, type ChildProcess } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { kill, nextMessage } from '../../delivery/child-program.ts';
import { bundleProgram } from '../../support/program-bundle.ts';
import { Processes, ask, pause } from './processes.ts';

const SESSIONS = 5000;
const INTERVAL_MS = 5000;
/** PINGs go after 0.85 of the interval on average. */
const BEAT_MS = 0.85 * INTERVAL_MS;
const WINDOW_MS = 20_000;
const TIMERS_MAX = 4;

const idle = suite(`${SESSIONS} idle sessions over TCP, a heartbeat every ${INTERVAL_MS} ms`);

idle(`have ${TIMERS_MAX} timers at most, and cost little more than bare sockets that beat`, async () => {
  const processes = await Processes.prepare();
  const bundle = await bundleProgram('test/liveness/processes/bare-beats-program.ts');
  const bare: ChildProcess[] = [];
  try {
    const heartbeat = { interval: INTERVAL_MS };
    const { child: server, address } = await processes.server({ heartbeat, transport: 'tcp' });
    const crowd = await processes.crowd({ address, count: SESSIONS, name: 'crowd', heartbeat });
    bare.push(fork(bundle.file, ['server']));
    const port = await nextMessage<number>(bare[0]!);
    bare.push(fork(bundle.file, ['client', String(port), String(SESSIONS), String(BEAT_MS)]));
    await nextMessage(bare[1]!);
    await pause(INTERVAL_MS);
    // Both at the same time, so that whatever disturbs the machine disturbs both.
    const before = await usage(server, bare[0]!);
    await pause(WINDOW_MS);
    const after = await usage(server, bare[0]!);
    const [ours, floor] = [after[0] - before[0], after[1] - before[1]];
    const percent = (us: number): string => `${(us / WINDOW_MS / 10).toFixed(1)} %`;
    const { timers, open, verdicts } = await ask(server, { do: 'report' });
    console.log(
      `${percent(ours)} of a processor, bare sockets ${percent(floor)}: ${(ours / floor).toFixed(2)} times; ${timers} timers`,
    );
    assert.equal([open, verdicts], [SESSIONS, []]);
    assert.ok(timers <= TIMERS_MAX && (await ask(crowd, { do: 'report' })).timers <= TIMERS_MAX);
    assert.ok(ours / floor <= 2, `${ours / floor}`);
  } finally {
    await Promise.all(bare.map((child) => kill(child)));
    await processes.end();
    bundle.remove();
  }
});
idle.run();

async function usage(server: ChildProcess, bare: ChildProcess): Promise<[number, number]> {
  const { cpuUs } = await ask(server, { do: 'report' });
  bare.send('usage');
  return [cpuUs, (await nextMessage<{ cpuUs: number }>(bare)).cpuUs];
}
