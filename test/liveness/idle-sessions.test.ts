// test-limit: 120s
/** Many sessions over which nothing is said but heartbeats: one timer for all of them (PROTOCOL.md §11). */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { connect, serve, type AnySession } from '@heartwire/core';
import { memoryNetwork } from '@heartwire/core/testing';
import { withDeadline } from '../support/with-deadline.ts';
import { pause } from './processes/processes.ts';

const SESSIONS = 10_000;
const AT_ONCE = 500;
const TIMERS_MAX = 4;
const LOOKS = 20;
/** Some thousands of beats while we look. */
const HEARTBEAT = { heartbeat: { interval: 5000 } };

const idle = suite(`${SESSIONS} idle sessions, both ends of them in one process`);

idle(`have ${TIMERS_MAX} timers at most, and their heartbeats do not align`, async () => {
  const { dialer, listener } = memoryNetwork();
  const server = await serve(listener, HEARTBEAT);
  const sessions: AnySession[] = [];
  try {
    while (sessions.length < SESSIONS) {
      const some = Array.from({ length: AT_ONCE }, () => connect(dialer, HEARTBEAT));
      await withDeadline(60_000, Promise.all(some.map(({ ready }) => ready)), 'the sessions to open');
      sessions.push(...some);
    }
    const seen: number[] = [];
    for (let look = 0; look < LOOKS; look += 1) {
      await pause(150);
      seen.push(timers());
    }
    const alive = sessions.filter(({ liveness$ }) => liveness$.value.status === 'alive').length;
    console.log(`at most ${Math.max(...seen)} timers; ${alive} of ${SESSIONS} alive`);
    assert.ok(Math.max(...seen) <= TIMERS_MAX, seen.join());
    assert.is(alive, SESSIONS);
    assert.ok(sessions.every(({ liveness$ }) => liveness$.value.lastHeardAt! > Date.now() - 10_000));
  } finally {
    for (const session of sessions) session.destroy();
    await server.close({ timeout: 0 });
  }
});
idle.run();

function timers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
}
