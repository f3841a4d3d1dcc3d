/** A client that comes back: when, by which dialer, and with which number. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { connect, serve, type CloseCause, type ConnectOptions, type SessionState } from '@heartwire/core';
import type { AnyContract, ServeOptions } from '@heartwire/core';
import { memoryNetwork, testClock, type TestClock } from '@heartwire/core/testing';
import type { Dialer } from '@heartwire/core/transport';
import { withDeadline } from '../../../support/with-deadline.ts';
import { VirtualWorld, watch, type AnyServerSession, type ClientSession } from '../../../support/virtual-world.ts';

const RESET: CloseCause = { kind: 'reset' };

/** A dialer whose every dial fails, after no time, with the causes in turn (the last one again and again). */
function failing(clock: TestClock, causes: readonly CloseCause[] = [RESET]): { dialer: Dialer; dialedAt: number[] } {
  const dialedAt: number[] = [];
  const dialer: Dialer = {
    name: 'failing',
    address: 'nowhere',
    dial(sink) {
      const cause = causes[Math.min(dialedAt.length, causes.length - 1)]!;
      dialedAt.push(clock.now());
      queueMicrotask(() => sink.closed(cause));
    },
  };
  return { dialer, dialedAt };
}

const ALWAYS: ConnectOptions = { random: () => 1 };
const coming = suite('a client that comes back');

coming('dials again and again, with growing pauses, and tells the number of the attempt', async () => {
  const clock = testClock();
  const { dialer, dialedAt } = failing(clock);
  const session = connect(dialer, { ...ALWAYS, clock });
  const states = watch(session.state$);
  await clock.advance(4000);
  assert.equal(dialedAt, [0, 250, 750, 1750, 3750]);
  assert.equal(states.at(-1), { status: 'connecting', attempt: 5 });
  session.destroy();
  await clock.settle();
  assert.equal([(await session.closed).kind, clock.pending], ['destroyed', 0]);
});

coming('ends with the cause of the last attempt when it may try no more', async () => {
  const clock = testClock();
  const { dialer, dialedAt } = failing(clock, [RESET, { kind: 'lost' }]);
  const session = connect(dialer, { ...ALWAYS, clock, reconnect: { attempts: 1 } });
  await clock.advance(10_000);
  assert.equal([dialedAt, await session.closed, clock.pending], [[0, 250], { kind: 'lost' }, 0]);
});

coming('asks `when` each time, and ends when it says no', async () => {
  const clock = testClock();
  const { dialer, dialedAt } = failing(clock, [RESET, RESET, { kind: 'lost' }]);
  const session = connect(dialer, { ...ALWAYS, clock, reconnect: { when: ({ kind }) => kind === 'reset' } });
  await clock.advance(10_000);
  assert.equal([dialedAt.length, (await session.closed).kind], [3, 'lost']);
});

coming('waits as long as the server asks', async () => {
  const clock = testClock();
  const busy = { kind: 'refused', by: 'application', code: 'ERR_HW_BUSY', message: '', retryAfter: 3000 } as const;
  const { dialer, dialedAt } = failing(clock, [busy]);
  const session = connect(dialer, { clock, random: () => 0 });
  await clock.advance(3000);
  assert.equal(dialedAt, [0, 3000]);
  session.destroy();
  await session.closed;
});

coming('takes several dialers in turn', async () => {
  const clock = testClock();
  const many = [0, 1, 2].map(() => failing(clock));
  const session = connect(
    many.map(({ dialer }) => dialer),
    { ...ALWAYS, clock },
  );
  await clock.advance(2000);
  assert.equal(
    many.map(({ dialedAt }) => dialedAt),
    [[0, 1750], [250], [750]],
  );
  session.destroy();
  await session.closed;
});

coming('asks a function for the dialer of each attempt, and tells it why', async () => {
  const clock = testClock();
  const { dialer } = failing(clock, [RESET, { kind: 'lost' }]);
  const asked: unknown[] = [];
  const session = connect((attempt, cause) => (asked.push([attempt, cause]), dialer), { ...ALWAYS, clock });
  await clock.advance(700);
  assert.equal(asked, [
    [1, undefined],
    [2, RESET],
  ]);
  await clock.advance(100);
  assert.equal(asked[2], [3, { kind: 'lost' }]);
  session.destroy();
  await session.closed;
});

coming('throws what the function throws at once, and ends with it later', async () => {
  const clock = testClock();
  const fail = (): never => {
    throw new Error('no address');
  };
  assert.throws(() => connect(fail, { clock }), /no address/);
  const { dialer } = failing(clock);
  const session = connect((attempt) => (attempt === 1 ? dialer : fail()), { ...ALWAYS, clock });
  await clock.advance(1000);
  const cause = await session.closed;
  assert.ok(cause.kind === 'refused' && cause.code === 'ERR_HW_OPTION' && /no address/.test(cause.message));
  assert.is(clock.pending, 0);
});

coming('refuses an empty list of dialers', () => {
  assert.throws(() => connect([], { clock: testClock() }), /no dialer is given/);
});

coming(
  'does not come back when `when` throws, and the error is told to whoever sees errors that nobody catches',
  async () => {
    const clock = testClock();
    const { dialer } = failing(clock);
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    const reported = new Promise((resolve) => process.once('uncaughtException', resolve));
    const mistake = new Error('when?');
    const when = (): boolean => {
      throw mistake;
    };
    const session = connect(dialer, { ...ALWAYS, clock, reconnect: { when } });
    assert.equal(await session.closed, RESET);
    assert.is(await withDeadline(1000, reported, 'the error'), mistake);
    for (const listener of listeners) process.on('uncaughtException', listener);
  },
);

coming('does not come back when the session was closed in order', async () => {
  const world = await VirtualWorld.start();
  const { client } = await world.open({ reconnect: {} });
  await client.close();
  assert.is(world.clock.pending, 0);
  await world.close();
});

coming('says when it will try, and until when the server waits', async () => {
  const world = await VirtualWorld.start({ server: { resume: { window: 9000 } } });
  const { client } = await world.open({ reconnect: { initial: 1000 }, random: () => 0.5 });
  const states = watch(client.state$);
  await world.clock.advance(1000);
  world.network.reset();
  await world.clock.settle();
  const nowMs = world.clock.epochOffset + 1000;
  const suspended = { status: 'suspended', cause: RESET, expiresAt: nowMs + 9000 };
  assert.equal(states.slice(1), [{ ...suspended, retryAt: nowMs + 500 }]);
  await world.clock.advance(500);
  assert.equal(states.slice(2), [
    { ...suspended, retryAt: null },
    { status: 'open', epoch: 2, resumed: true },
  ]);
  client.destroy();
  await world.close();
});

coming(
  'keeps the time of expiry and the cause of the loss while attempts fail; why they fail is told of the connection',
  async () => {
    const world = await VirtualWorld.start({ server: { resume: { window: 9000 } } });
    const { dialer } = failing(world.clock, [{ kind: 'lost' }]);
    let attempts = 0;
    const session = connect(() => ((attempts += 1) === 1 ? world.dialer : dialer), { ...ALWAYS, clock: world.clock });
    await world.clock.settle();
    world.network.reset();
    await world.clock.advance(600);
    const state = session.state$.value as SessionState & { status: 'suspended' };
    assert.equal(
      [state.status, state.cause.kind, state.expiresAt],
      ['suspended', 'reset', world.clock.epochOffset + 9000],
    );
    assert.equal(session.connection$.value, { phase: 'closed', cause: { kind: 'lost' }, epoch: 2 });
    session.destroy();
    await world.close();
  },
);

/** A client whose every connection is lost `openMs` after it was opened; when each one was opened. */
async function openings(
  forMs: number,
  openMs: number,
  server: ServeOptions<AnyContract>,
  use: (session: ClientSession) => void = () => {},
): Promise<number[]> {
  const world = await VirtualWorld.start({ server });
  const openedAt: number[] = [];
  const session = world.connect({ reconnect: {}, random: () => 1 });
  session.handle('say', () => {});
  session.state$.subscribe(({ status }) => {
    if (status !== 'open') return;
    openedAt.push(Math.round(world.clock.now()));
    use(session);
    world.clock.schedule(() => world.network.reset(), openMs);
  });
  await world.clock.advance(forMs);
  session.destroy();
  await world.close();
  return openedAt;
}

// A server that welcomed and dropped at once was dialed four times a second and more, for ever.
coming('leaves a server alone that drops it at once: the pauses grow', async () => {
  for (const resume of [{}, false] as const) {
    const openedAt = await openings(30_000, 1, { resume });
    assert.equal(openedAt, [0, 251, 752, 1753, 3754, 7755, 15_756, 25_757]);
  }
});

coming('is not deceived by a server that greets every session and breaks down', async () => {
  const session = (one: AnyServerSession): void => void one.send('say', 'hello');
  const openedAt = await openings(30_000, 30, { resume: false, session });
  assert.is(openedAt.length, 8);
});

coming('comes back at once when the last connection was of use, however short it was', async () => {
  const server = { session: (one: AnyServerSession): void => void one.handle('say', () => {}) };
  const openedAt = await openings(10_000, 30, server, (session) => void session.send('say', 1).catch(() => {}));
  assert.is(openedAt.length, 36);
});

coming('comes back at once when the last connection stood for a while', async () => {
  assert.equal(await openings(4900, 1000, {}), [0, 1250, 2500, 3750]);
});

coming('goes on over another transport than it began on', async () => {
  const clock = testClock();
  const [first, second] = [memoryNetwork({ clock }), memoryNetwork({ clock })];
  const handled: unknown[] = [];
  const server = await serve([first.listener, second.listener], {
    clock,
    session: (session) => void session.handle('say', (data) => void handled.push(data)),
  });
  const session = connect([first.dialer, second.dialer], { clock, reconnect: { initial: 0 } });
  await clock.settle();
  const { id } = session;
  for (const network of [first.network, second.network, first.network]) {
    assert.is(network.connections, 1);
    void session.send('say', handled.length);
    await clock.settle();
    network.reset();
    await clock.advance(0);
  }
  assert.equal([handled, session.id, server.sessions.size], [[0, 1, 2], id, 1]);
  await session.close();
  await server.close();
  assert.is(clock.pending, 0);
});
coming.run();
