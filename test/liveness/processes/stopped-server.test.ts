// test-limit: 120s
// test-alone: it stands and falls with time
/**
 * A server's process that is stopped, as a debugger, a long pause for garbage or a hypervisor does it: a client that reaches it directly can only find it silent, one that reaches it
 * by way of a proxy that speaks WebSocket knows that the way works (promises P11, P14).
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { connect, type AnySession, type Dialer, type SessionEvent } from '@heartwire/core';
import { tcp } from '@heartwire/transport-tcp';
import { ws } from '@heartwire/transport-ws';
import { withDeadline } from '../../support/with-deadline.ts';
import { Processes, ask, pause } from './processes.ts';
import { startWebSocketProxy } from './web-socket-proxy.ts';

/** Beyond the bound of *dead*, 4.5 s, and of the second connections that follow it. */
const STOPPED_MS = 8000;
const DEADLINE_MS = 20_000;
const SUSPECT_MAX_MS = 2000;
const DEAD_MAX_MS = 4500;
const MARGIN_MS = 1000;

interface Stage {
  readonly session: AnySession;
  /** Each verdict and when it came, counted from the stop. */
  readonly verdicts: readonly (readonly [string, number])[];
  readonly events: readonly SessionEvent['type'][];
  /** Of the messages that were sent while the server was stopped. */
  readonly fates: readonly Promise<unknown>[];
}

/** Opens a session, stops the server under it, sends, and lets the server go on. */
async function stop(
  transport: 'tcp' | 'ws',
  dialerOf: (address: string) => Promise<Dialer>,
  check: (stage: Stage) => Promise<void>,
): Promise<void> {
  const processes = await Processes.prepare();
  const { child, address } = await processes.server({ heartbeat: 'lan', transport });
  const session = connect(await dialerOf(address), { heartbeat: 'lan' });
  try {
    await withDeadline(DEADLINE_MS, session.ready, 'the session to open');
    await session.ping();
    const verdicts: [string, number][] = [];
    const events: SessionEvent['type'][] = [];
    const stoppedAtMs = performance.now();
    child.kill('SIGSTOP');
    session.events$.subscribe(({ type }) => events.push(type));
    session.liveness$.subscribe(({ status }) => {
      if (status !== (verdicts.at(-1)?.[0] ?? 'alive')) verdicts.push([status, performance.now() - stoppedAtMs]);
    });
    const fates: Promise<unknown>[] = [];
    for (let number = 0; number < 8; number += 1) {
      fates.push(session.send('say', number).then(() => {}));
      await pause(STOPPED_MS / 8);
    }
    child.kill('SIGCONT');
    await check({ session, verdicts, events, fates });
    await withDeadline(DEADLINE_MS, Promise.all(fates), 'the fate of all messages');
    const { handled, duplicated } = await ask(child, { do: 'report' });
    assert.equal([handled, duplicated], [8, 0]);
  } finally {
    session.destroy();
    await processes.end();
  }
}

const direct = suite('a server that is stopped');

direct('is suspect, then dead within its bound, and is gone back to when it goes on', async () => {
  await stop(
    'tcp',
    (address) => Promise.resolve(tcp(address)),
    async ({ session, verdicts, fates }) => {
      await withDeadline(DEADLINE_MS, Promise.all(fates), 'the fate of all messages');
      const [[suspect, suspectMs], [dead, deadMs]] = verdicts as [[string, number], [string, number]];
      console.log(`suspect after ${suspectMs.toFixed(0)} ms, dead after ${deadMs.toFixed(0)} ms`);
      assert.equal([suspect, dead], ['suspect', 'dead']);
      assert.ok(suspectMs <= SUSPECT_MAX_MS + MARGIN_MS && deadMs <= DEAD_MAX_MS + MARGIN_MS);
      assert.is(session.state$.value.status, 'open');
    },
  );
});
direct.run();

const behind = suite('a server that is stopped behind a proxy that speaks WebSocket');

behind('is stalled, not dead, and nothing is dialed', async () => {
  let close = async (): Promise<void> => {};
  const dialer = async (address: string): Promise<Dialer> => {
    const proxy = await startWebSocketProxy(address);
    close = () => proxy.close();
    return ws(proxy.address);
  };
  try {
    await stop('ws', dialer, async ({ session, verdicts, events, fates }) => {
      assert.equal(
        verdicts.map(([status]) => status),
        ['suspect', 'stalled'],
      );
      assert.ok(verdicts[1]![1] <= SUSPECT_MAX_MS + MARGIN_MS, `stalled after ${verdicts[1]![1]} ms`);
      console.log(`suspect after ${verdicts[0]![1].toFixed(0)} ms, stalled after ${verdicts[1]![1].toFixed(0)} ms`);
      await withDeadline(DEADLINE_MS, Promise.all(fates), 'the fate of all messages');
      assert.equal([session.liveness$.value.status, events], ['alive', ['stalled']]);
      const { value } = session.state$;
      assert.ok(value.status === 'open' && value.epoch === 1, 'it is the same connection');
    });
  } finally {
    await close();
  }
});
behind.run();
