/** Sessions that outlive their connections, through the public functions: who may go on, what a takeover does, and how it ends. Promises P3, P5, P18. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { SessionEvent } from '@heartwire/core';
import type { Greeting } from '../../../../packages/core/src/connection/connection.ts';
import type { Resumption } from '../../../../packages/core/src/connection/handshake.ts';
import type { SessionHandle } from '../../../../packages/core/src/runtime/session-handle.ts';
import { FrameType } from '../../../../packages/core/src/wire/frame-type.ts';
import { RawClient } from '../../../support/raw-client.ts';
import { VirtualWorld, rejectionOf, watch, type AnyServerSession } from '../../../support/virtual-world.ts';

const COMES_BACK = { reconnect: { initial: 0 } };

/** Everything that a refused attempt could have changed about a session. */
function snapshot(session: AnyServerSession): unknown {
  const { driver, auth, peer, id } = session as unknown as SessionHandle;
  const { status, position, terms, undecided } = driver.session;
  return structuredClone({ status, position, terms, undecided, auth, peer, id, state: session.state$.value });
}

const going = suite('a session goes on');

going('with everything that was under way, in order and once, in both directions', async () => {
  const seen = { client: [] as unknown[], server: [] as unknown[] };
  const world = await VirtualWorld.start({
    server: { session: (session) => void session.handle('say', (data) => void seen.server.push(data)) },
  });
  const { client, server } = await world.open(COMES_BACK);
  client.handle('say', (data) => void seen.client.push(data));
  const events = watch<SessionEvent>(client.events$);
  world.network.latency(5);
  const sent: PromiseLike<unknown>[] = [];
  for (let round = 0; round < 10; round += 1) {
    for (let at = 0; at < 5; at += 1) {
      sent.push(client.send('say', round * 5 + at), server.send('say', round * 5 + at));
    }
    await world.clock.advance(round);
    world.network.reset();
    await world.clock.advance(11);
  }
  await world.clock.advance(100);
  await Promise.all(sent);
  const all = Array.from({ length: 50 }, (_, at) => at);
  assert.equal(seen, { client: all, server: all });
  assert.equal([...new Set(events.map(({ type }) => type))], ['resumed']);
  assert.is(world.server.sessions.get(client.id), server);
  client.destroy();
  await world.close();
});

going('with the handler that runs', async () => {
  let finish: (answer: string) => void;
  const world = await VirtualWorld.start({
    server: { session: (session) => void session.handle('ask', () => new Promise((resolve) => (finish = resolve))) },
  });
  const { client } = await world.open(COMES_BACK);
  const answer = client.request('ask');
  await world.clock.settle();
  world.network.reset();
  await world.clock.settle();
  finish!('late');
  await world.clock.advance(1);
  assert.is(await answer, 'late');
  client.destroy();
  await world.close();
});

going('after the peer’s FIN, and after a silence that only one side noticed', async () => {
  const world = await VirtualWorld.start();
  const { client, server } = await world.open({ ...COMES_BACK, heartbeat: { interval: 1000 } });
  world.network.fin();
  await world.clock.advance(1100);
  assert.equal(client.state$.value, { status: 'open', epoch: 2, resumed: true });
  world.network.blackhole();
  await world.clock.advance(4500);
  assert.is(client.state$.value.status, 'suspended');
  world.network.heal();
  await world.clock.advance(20_000);
  assert.equal([client.state$.value.status, server.state$.value.status], ['open', 'open']);
  client.destroy();
  await world.close();
});
going.run();

const owner = suite('only its owner goes on with a session');

/** Anna begins a session that she wants to keep, and loses her connection. */
async function annasSession(): Promise<{ world: VirtualWorld; resumption: Resumption; server: AnyServerSession }> {
  const world = await VirtualWorld.start({
    server: {
      authenticate: (auth) => (auth === undefined ? 'anna' : auth),
      principal: String,
      session: (session) => void session.handle('say', () => {}),
    },
  });
  const anna = await RawClient.dial(world, { keep: true, attempt: 5 });
  const { resumption } = anna;
  await anna.abort();
  const server = world.serverSessions[0]!;
  assert.is(server.state$.value.status, 'suspended');
  return { world, resumption, server };
}

const BERT = new Uint8Array([0xa4, ...new TextEncoder().encode('bert')]);

for (const [what, change, code] of [
  ['another principal', { auth: BERT }, 'ERR_HW_RESUME_UNKNOWN'],
  ['a wrong token', { resumption: { token: new Uint8Array(32) } }, 'ERR_HW_RESUME_UNKNOWN'],
  ['an unknown session', { resumption: { session: 'nobody' } }, 'ERR_HW_RESUME_UNKNOWN'],
  ['the attempt that began it', { attempt: 5 }, 'ERR_HW_RESUME_STALE'],
  ['an earlier attempt', { attempt: 1 }, 'ERR_HW_RESUME_STALE'],
  ['a position that was never sent', { resumption: { received: 1 } }, 'ERR_HW_RESUME_MISMATCH'],
  ['another digest', { resumption: { digest: 1 } }, 'ERR_HW_RESUME_MISMATCH'],
  ['a goodbye that was not heard', { resumption: { isGoodbyeDone: true } }, 'ERR_HW_RESUME_MISMATCH'],
] as const) {
  owner(`${what} is refused with ${code}, and changes nothing`, async () => {
    const { world, resumption, server } = await annasSession();
    const before = snapshot(server);
    const changes = change as { resumption?: Partial<Resumption>; auth?: Uint8Array; attempt?: number };
    const greeting: Partial<Greeting> = {
      attempt: 6,
      ...changes,
      resumption: { ...resumption, ...changes.resumption },
    };
    const other = await RawClient.dial(world, greeting);
    assert.equal([other.rejection, snapshot(server)], [code, before]);
    const anna = await RawClient.dial(world, { attempt: 6, resumption });
    assert.is(anna.welcome?.session, resumption.session);
    await anna.abort();
    await world.close();
  });
}

// Pitfall 27.
owner('credentials are asked for on resume, too', async () => {
  const world = await VirtualWorld.start({
    server: {
      authenticate(auth) {
        if (auth === 'revoked') throw new Error('revoked');
        return auth;
      },
    },
  });
  let auth = 'good';
  const { client, server } = await world.open({ ...COMES_BACK, auth: () => auth });
  auth = 'revoked';
  const before = snapshot(server);
  world.network.reset();
  await world.clock.advance(1);
  const cause = await client.closed;
  assert.ok(cause.kind === 'refused' && cause.code === 'ERR_HW_AUTH');
  assert.equal((before as { auth: unknown }).auth, server.auth);
  assert.is(server.state$.value.status, 'suspended');
  await world.close();
});

owner('the session has what `authenticate` made of the newest credentials', async () => {
  const world = await VirtualWorld.start({ server: { authenticate: (auth) => auth, principal: () => 'same' } });
  let count = 0;
  const { client, server } = await world.open({ ...COMES_BACK, auth: () => (count += 1) });
  assert.is(server.auth, 1);
  world.network.reset();
  await world.clock.advance(1);
  assert.is(server.auth, 2);
  client.destroy();
  await world.close();
});
owner.run();

const takeover = suite('a takeover');

/** Two connections of one session; the second took it over from the first, which still stands. */
async function takenOver(): Promise<{ world: VirtualWorld; old: RawClient; now: RawClient; said: unknown[] }> {
  const said: unknown[] = [];
  const world = await VirtualWorld.start({
    server: { session: (session) => void session.handle('say', (data) => void said.push(data)) },
  });
  const old = await RawClient.dial(world, { keep: true });
  const now = await RawClient.dial(world, { attempt: 2, resumption: old.resumption });
  await world.clock.settle();
  return { world, old, now, said };
}

function say(sequence: number, digit: number): Parameters<RawClient['say']>[0] {
  const slice = { bytes: new Uint8Array([digit]), start: 0, end: 1 };
  return (writer) => writer.message(FrameType.MESSAGE, sequence, 'say', slice, false, null);
}

takeover('tells the old connection, and ends it', async () => {
  const { world, old, now } = await takenOver();
  assert.equal([old.goaways, now.goaways], [[1], []]);
  await world.clock.advance(1000);
  assert.is.not(old.cause, null);
  assert.is(now.cause, null);
  await now.abort();
  await world.close();
});

// Pitfall 8: the old connection kills the new session. D6.
takeover('hears nothing that the old connection says afterwards, and does not notice its end', async () => {
  const { world, old, now, said } = await takenOver();
  const server = world.serverSessions[0]!;
  // Its direction has been ended by the server's FIN; what it had under way still arrives.
  await old.say(say(1, 7));
  await old.say((writer) => writer.error(7, 'nonsense'));
  await old.abort();
  assert.equal([said, server.state$.value], [[], { status: 'open', epoch: 2, resumed: true }]);
  await now.say(say(1, 8));
  assert.equal(said, [8]);
  await now.abort();
  assert.is(server.state$.value.status, 'suspended');
  await world.close();
});

takeover('ends a client that did not make the other connection', async () => {
  const world = await VirtualWorld.start();
  const { client } = await world.open(COMES_BACK);
  const { resumption } = (client as unknown as SessionHandle).driver.session;
  const thief = await RawClient.dial(world, { attempt: 99, resumption });
  await world.clock.advance(1000);
  assert.equal((await client.closed).kind, 'superseded');
  assert.is(thief.cause, null);
  await thief.abort();
  await world.close();
});
takeover('ends a client that comes back too late for its own session', async () => {
  const world = await VirtualWorld.start();
  const { client } = await world.open({ reconnect: { initial: 400 }, random: () => 1 });
  const { resumption } = (client as unknown as SessionHandle).driver.session;
  world.network.reset();
  await world.clock.settle();
  const thief = await RawClient.dial(world, { attempt: 99, resumption });
  await world.clock.advance(400);
  assert.equal((await client.closed).kind, 'superseded');
  await thief.abort();
  await world.close();
});
takeover.run();

const over = suite('a session that cannot go on');

over('ends on the server when its window is over, whatever the heartbeat', async () => {
  const world = await VirtualWorld.start({ server: { heartbeat: false, resume: { window: 3000 } } });
  const { client, server } = await world.open({ reconnect: { initial: 60_000, max: 60_000 }, random: () => 1 });
  world.network.blackhole('down');
  const unhandled = rejectionOf<{ outcome: string }>(server.send('news'));
  await world.clock.settle();
  world.network.reset();
  world.network.heal();
  await world.clock.advance(2999);
  assert.is(server.state$.value.status, 'suspended');
  assert.is(world.server.sessions.size, 1);
  await world.clock.advance(1);
  assert.equal([await server.closed, world.server.sessions.size], [{ kind: 'expired' }, 0]);
  assert.is((await unhandled).outcome, 'unknown');
  client.destroy();
  await world.close();
});

over('makes room for a new one under the same object, and says what is in doubt', async () => {
  const keys: string[] = [];
  const handled: unknown[] = [];
  const world = await VirtualWorld.start({
    server: {
      resume: { window: 1000 },
      limits: { windowMessages: 2 },
      session: (session) =>
        void session.handle('say', (data, { idempotencyKey }) => {
          keys.push(idempotencyKey);
          handled.push(data);
          return data === 'stuck' ? new Promise(() => {}) : undefined;
        }),
    },
  });
  const { client } = await world.open({ reconnect: { initial: 5000, max: 5000 }, random: () => 1 });
  const events = watch<SessionEvent>(client.events$);
  const states = watch(client.state$);
  const firstId = client.id;
  const sent = ['a', 'stuck', 'doubt', 'b', 'c'].map((text) => client.send('say', text));
  const outcomes = Promise.allSettled(sent);
  await world.clock.advance(30);
  world.network.reset();
  // As long as the server still learns what became of them, the client is told to come again.
  await world.clock.advance(20_000);
  assert.is.not(client.id, firstId);
  assert.equal(states.at(-1), { status: 'open', epoch: 5, resumed: false });
  assert.equal(
    events.filter(({ type }) => type === 'gap'),
    [{ type: 'gap', sent: { from: 2, to: 2 }, received: 0 }],
  );
  assert.equal(
    (await outcomes).map((each) =>
      each.status === 'fulfilled' ? 'handled' : (each.reason as { outcome: string }).outcome,
    ),
    ['handled', 'unknown', 'not-delivered', 'handled', 'handled'],
  );
  assert.equal(handled, ['a', 'stuck', 'b', 'c']);
  assert.equal(keys, [`${firstId}:1`, `${firstId}:2`, `${client.id}:1`, `${client.id}:2`]);
  client.destroy();
  await world.close();
});

over('keeps the id of the old one in the keys of its messages', async () => {
  const keys: string[] = [];
  const world = await VirtualWorld.start({ server: { resume: false } });
  const { client, server } = await world.open(COMES_BACK);
  let finish = (): void => {};
  client.handle('say', async (data, context) => {
    if (data === 'a') await new Promise<void>((resolve) => (finish = resolve));
    keys.push(context.idempotencyKey);
  });
  for (const text of ['a', 'b']) server.send('say', text).catch(() => {});
  await world.clock.settle();
  const firstId = client.id;
  world.network.reset();
  await world.clock.advance(1);
  void world.serverSessions[1]!.send('say', 'c');
  await world.clock.settle();
  finish();
  await world.clock.advance(1);
  assert.is.not(client.id, firstId);
  assert.equal(keys, [`${firstId}:1`, `${firstId}:2`, `${client.id}:1`]);
  client.destroy();
  await world.close();
});

for (const [who, server, client] of [
  ['server', { resume: false }, {}],
  ['client', {}, { resume: false }],
] as const) {
  over(`begins anew at once where the ${who} keeps none`, async () => {
    const world = await VirtualWorld.start({ server });
    const { client: session, server: first } = await world.open({ ...COMES_BACK, ...client });
    world.network.reset();
    await world.clock.settle();
    assert.equal((await first.closed).kind, 'reset');
    await world.clock.advance(1);
    assert.equal(session.state$.value, { status: 'open', epoch: 2, resumed: false });
    assert.equal([world.serverSessions.length, world.server.sessions.size], [2, 1]);
    session.destroy();
    await world.close();
  });
}

over('is not kept for a client that never said anything', async () => {
  const world = await VirtualWorld.start();
  const silent = await RawClient.dial(world, { keep: true }, true);
  assert.is(world.server.sessions.size, 1);
  await silent.abort();
  assert.is(world.server.sessions.size, 0);
  assert.equal(await world.serverSessions[0]!.closed, { kind: 'reset' });
  const late = await RawClient.dial(world, { attempt: 2, resumption: silent.resumption });
  assert.is(late.rejection, 'ERR_HW_RESUME_UNKNOWN');
  await world.close();
});

for (const window of [0, -1, 1.5, 2 ** 31]) {
  over(`has no window of ${window}`, async () => {
    assert.is((await rejectionOf(VirtualWorld.start({ server: { resume: { window } } }))).code, 'ERR_HW_OPTION');
  });
}
over.run();

const ending = suite('the end of a session without a connection');

ending('by close() is a goodbye over one more connection', async () => {
  const world = await VirtualWorld.start();
  const { client, server } = await world.open({ reconnect: { initial: 400 }, random: () => 1 });
  world.network.reset();
  await world.clock.settle();
  const report = client.close({ code: 4, reason: 'done' });
  await world.clock.advance(400);
  assert.equal((await report).cause, { kind: 'closed', by: 'local', code: 4, reason: 'done' });
  assert.equal(await server.closed, { kind: 'closed', by: 'peer', code: 4, reason: 'done' });
  assert.is(world.clock.pending, 0);
  await world.close();
});

ending('by close() comes at its deadline when nobody answers', async () => {
  const world = await VirtualWorld.start();
  const { client } = await world.open({ reconnect: { initial: 60_000, max: 60_000 }, random: () => 1 });
  world.network.reset();
  await world.clock.settle();
  const report = client.close({ timeout: 700 });
  await world.clock.advance(699);
  assert.is(client.state$.value.status, 'draining');
  await world.clock.advance(1);
  assert.equal((await report).cause, { kind: 'timeout', of: 'close', silentFor: 0 });
  await world.close();
});

ending('by destroy() leaves nothing', async () => {
  const world = await VirtualWorld.start({ server: { resume: { window: 1000 } } });
  const { client, server } = await world.open({ reconnect: { initial: 400 } });
  world.network.reset();
  await world.clock.settle();
  client.destroy();
  server.destroy();
  assert.equal([(await client.closed).kind, (await server.closed).kind], ['destroyed', 'destroyed']);
  assert.equal([world.clock.pending, world.server.sessions.size], [0, 0]);
  await world.close();
});

// Whoever lost the connection may come back to say goodbye, as long as that may take.
for (const how of ['close', 'drain'] as const) {
  ending(`by ${how}() of the server has its bound, and says what is in doubt`, async () => {
    const world = await VirtualWorld.start();
    const { client, server } = await world.open({ reconnect: { initial: 60_000, max: 60_000 }, random: () => 1 });
    world.network.blackhole();
    const written = rejectionOf<{ outcome: string }>(server.send('news'));
    await world.clock.settle();
    world.network.reset();
    world.network.heal();
    await world.clock.settle();
    const waiting = rejectionOf<{ outcome: string }>(server.send('news'));
    const ended = world.server[how]({ timeout: 2000 });
    await world.clock.advance(1999);
    assert.is(server.state$.value.status, 'draining');
    await world.clock.advance(1);
    assert.equal(await server.closed, { kind: 'timeout', of: 'close', silentFor: 0 });
    assert.equal([(await written).outcome, (await waiting).outcome], ['unknown', 'not-delivered']);
    const { sessions, closed, unknown } = await ended;
    assert.equal([sessions, closed, unknown], [1, 0, 1]);
    client.destroy();
    await world.close();
  });
}

ending('by close() of the server has its bound when the connection is lost meanwhile', async () => {
  const world = await VirtualWorld.start({ server: { session: (session) => void session.handle('say', () => {}) } });
  const { client, server } = await world.open({ reconnect: { initial: 60_000, max: 60_000 }, random: () => 1 });
  world.network.blackhole();
  void world.server.drain({ timeout: 2000 });
  await world.clock.settle();
  world.network.reset();
  await world.clock.advance(2000);
  assert.equal([(await server.closed).kind, world.server.sessions.size], ['timeout', 0]);
  client.destroy();
  world.network.heal();
  await world.close();
});

ending('by close() of the server does not hang', async () => {
  const world = await VirtualWorld.start();
  const { client } = await world.open({ reconnect: { initial: 60_000, max: 60_000 }, random: () => 1 });
  world.network.reset();
  await world.clock.settle();
  client.destroy();
  await world.close();
});
ending.run();
