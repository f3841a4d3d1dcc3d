/** A server that lies, or breaks its word: its client stays bounded, and says nothing that is not so. Promises P1, P16, P17, P18. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { connect, type ConnectOptions, type SessionEvent, type SessionState } from '@heartwire/core';
import { memoryNetwork, testClock, type TestClock } from '@heartwire/core/testing';
import { FrameType } from '../../../../packages/core/src/wire/frame-type.ts';
import { RawServer, type Greeter } from '../../../support/raw-server.ts';
import { rejectionOf, watch, type ClientSession } from '../../../support/virtual-world.ts';

const TOKEN = new Uint8Array(32);
/** Where a side stands that has received nothing. */
const NOTHING = { received: 0, digest: 0x811c_9dc5, isGoodbyeDone: false };

interface Stage {
  readonly clock: TestClock;
  readonly server: RawServer;
  readonly client: ClientSession;
  readonly events: SessionEvent[];
  readonly states: SessionState[];
}

async function stage(greet: Greeter, options: ConnectOptions = {}): Promise<Stage> {
  const clock = testClock();
  const { dialer, listener } = memoryNetwork({ clock });
  const server = await RawServer.listen(listener, clock, greet);
  const client: ClientSession = connect(dialer, { clock, random: () => 0.5, ...options });
  const events = watch<SessionEvent>(client.events$);
  const states = watch<SessionState>(client.state$);
  await clock.settle();
  return { clock, server, client, events, states };
}

async function end({ clock, client }: Stage): Promise<void> {
  client.destroy();
  await clock.advance(2000);
  assert.is(clock.pending, 0, 'a timer is left');
}

const lying = suite('a client whose server lies');

// The pause was left out whatever had been asked for: as many connections a second as the machine could make.
lying('pauses longer and longer when it is told that there is no such session, and asked for none', async () => {
  const all = await stage((connection) => connection.reject({ code: 'ERR_HW_RESUME_UNKNOWN', message: '' }));
  await all.clock.advance(10_000);
  assert.ok(all.server.connections.length < 10, `${all.server.connections.length} connections`);
  await end(all);
});

// What had been called lost was sent again on the next connection, because with this code the session goes on.
lying('does not take last words for true that come with a session that goes on', async () => {
  const heard: unknown[] = [];
  const all = await stage(
    (connection, { attempt, resumption }, nowMs) => {
      if (attempt === 2) {
        const lastWords = Uint8Array.of(0x30, 0, 0, 0, 0);
        const tombstone = { received: 0, digest: 0x811c_9dc5, isGoodbyeDone: false, lastWords };
        return connection.reject({ code: 'ERR_HW_BUSY', message: '', tombstone });
      }
      const resumed = resumption === null ? null : NOTHING;
      return connection.welcome({ session: 's', token: TOKEN, windowMs: 60_000, resumed }, nowMs);
    },
    { reconnect: { initial: 10, max: 10 } },
  );
  const sent = all.client.send('say', 'once');
  sent.catch(() => {});
  await all.clock.settle();
  all.server.last.abort();
  await all.clock.advance(100);
  heard.push(...all.server.last.events.filter(({ type }) => type === FrameType.MESSAGE));
  assert.equal([all.server.connections.length, heard.length, sent.state$.value.stage], [3, 1, 'sent']);
  await end(all);
});

lying('ends the session when the server goes on with another one', async () => {
  let sessions = 0;
  const all = await stage(
    (connection, { resumption }, nowMs) => {
      sessions += 1;
      const resumed = resumption === null ? null : NOTHING;
      connection.welcome({ session: `s${sessions}`, token: TOKEN, windowMs: 60_000, resumed }, nowMs);
    },
    { reconnect: { initial: 10, max: 10 } },
  );
  all.server.last.abort();
  await all.clock.advance(2000);
  const last = all.states.at(-1)!;
  assert.ok(last.status === 'closed' && last.cause.kind === 'protocol', last.status);
  assert.is(last.cause.error.code, 'ERR_HW_RESUME_MISMATCH');
  await end(all);
});

const welcome: Greeter = (connection, _, nowMs) =>
  connection.welcome({ session: 's', token: TOKEN, windowMs: 60_000, resumed: null }, nowMs);

const leaving = suite('a client whose server says that it leaves');

leaving('is told once, however often the server says so', async () => {
  const all = await stage(welcome);
  for (let time = 0; time < 3; time += 1) {
    await all.server.say((writer) => writer.goaway(2, 2 ** 53 - 1, 2 ** 53 - 1, 2 ** 53 - 1, ''));
  }
  assert.equal(
    all.events.map(({ type }) => type),
    ['going-away'],
  );
  await end(all);
});

// What was sent meanwhile was kept for the session to come, and waited as long as the server liked.
leaving('goes on without it when it does not', async () => {
  const all = await stage(welcome);
  await all.server.say((writer) => writer.goaway(2, 1000, 10, 20, ''));
  const sent = all.client.send('say', 'later');
  sent.catch(() => {});
  await all.clock.advance(5900);
  assert.is(all.server.connections.length, 1, 'a server may take as long as it says, and a goodbye longer');
  await all.clock.advance(500);
  assert.equal([all.server.connections.length, sent.state$.value.stage], [2, 'sent']);
  await all.clock.advance(20_000);
  assert.is(all.server.connections.length, 2, 'the new session does not end at the time of the old one');
  await end(all);
});

// drain() let go what had been kept for the next session: it was written after our GOODBYE, which breaks the protocol, and was in doubt.
leaving('writes nothing after its GOODBYE when it is drained', async () => {
  const all = await stage(welcome);
  await all.server.say((writer) => writer.goaway(2, 5000, 1000, 2000, ''));
  const sent = all.client.send('say', 'too late');
  await all.clock.settle();
  const report = all.client.drain({ timeout: 100 });
  assert.is((await rejectionOf<{ outcome: string }>(sent)).outcome, 'not-delivered');
  await all.clock.advance(1200);
  const said = all.server.last.events.filter(({ type }) => type === FrameType.GOODBYE || type === FrameType.MESSAGE);
  assert.equal(
    said.map((frame) => frame.type === FrameType.GOODBYE && [frame.final, frame.close]),
    [
      [0, false],
      [0, true],
    ],
  );
  assert.is((await report).notDelivered, 1);
  await end(all);
});

lying.run();
leaving.run();
