/** Which of the sessions that wait for their clients end when there are too many. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ServerEvent } from '@heartwire/core';
import { DEFAULT_RESUME, type ResolvedResume } from '../../../../packages/core/src/runtime/resume-options.ts';
import { SuspendedSessions } from '../../../../packages/core/src/runtime/suspended-sessions.ts';
import { RawClient } from '../../../support/raw-client.ts';
import {
  VirtualWorld,
  rejectionOf,
  watch,
  type AnyServerSession,
  type ClientSession,
} from '../../../support/virtual-world.ts';

interface Fake {
  readonly name: string;
  heldBytes: number;
}

function fake(name: string, heldBytes = 1): Fake {
  return { name, heldBytes };
}

function limited(limits: Partial<ResolvedResume>): { all: SuspendedSessions<Fake>; evicted: string[] } {
  const evicted: string[] = [];
  const all = new SuspendedSessions<Fake>({ ...DEFAULT_RESUME, ...limits }, ({ name }, limit) =>
    evicted.push(`${name} ${limit}`),
  );
  return { all, evicted };
}

/** So many of one principal begin and lose their connections. */
function suspend(all: SuspendedSessions<Fake>, principal: string | null, ...sessions: Fake[]): void {
  for (const session of sessions) {
    all.add(session, principal);
    all.suspend(session);
  }
}

const waiting = suite('suspended sessions');

waiting('may be as many as the limit, and with one more the one that has waited longest ends', () => {
  const { all, evicted } = limited({ maxSessions: 2 });
  suspend(all, null, fake('a'), fake('b'));
  assert.equal(evicted, []);
  suspend(all, null, fake('c'), fake('d'));
  assert.equal(evicted, ['a maxSessions', 'b maxSessions']);
});

waiting('wait anew each time that they are suspended', () => {
  const { all, evicted } = limited({ maxSessions: 2 });
  const [a, b] = [fake('a'), fake('b')];
  suspend(all, null, a, b);
  all.resume(a);
  all.suspend(a);
  suspend(all, null, fake('c'));
  assert.equal(evicted, ['b maxSessions']);
});

waiting('may hold as many bytes as the limit, and with one more as many end as are needed', () => {
  const { all, evicted } = limited({ maxBytes: 100 });
  suspend(all, null, fake('a', 40), fake('b', 40), fake('c', 20));
  assert.equal(evicted, []);
  suspend(all, null, fake('d', 41));
  assert.equal(evicted, ['a maxBytes', 'b maxBytes']);
  suspend(all, null, fake('huge', 101));
  assert.equal(evicted.slice(2), ['c maxBytes', 'd maxBytes', 'huge maxBytes']);
});

waiting('are counted anew when they hold more, after what runs now', async () => {
  const { all, evicted } = limited({ maxBytes: 100 });
  const [a, b] = [fake('a', 40), fake('b', 40)];
  suspend(all, null, a, b);
  b.heldBytes = 60;
  for (let time = 0; time < 3; time += 1) all.changed(b);
  await Promise.resolve();
  assert.equal(evicted, []);
  b.heldBytes = 61;
  all.changed(b);
  assert.equal(evicted, []);
  await Promise.resolve();
  assert.equal(evicted, ['a maxBytes']);
});

waiting('hold nothing any more when they have gone on or ended meanwhile', async () => {
  const { all, evicted } = limited({ maxBytes: 100 });
  const [a, b, c] = [fake('a', 50), fake('b', 50), fake('c', 50)];
  suspend(all, null, a, b);
  all.changed(a);
  all.resume(a);
  all.changed(b);
  all.delete(b);
  a.heldBytes = b.heldBytes = 1000;
  await Promise.resolve();
  all.changed(a);
  await Promise.resolve();
  suspend(all, null, c, fake('d', 50));
  assert.equal(evicted, []);
});

waiting('of one principal end for each other, and for nobody else', () => {
  const { all, evicted } = limited({ maxPerPrincipal: 2 });
  suspend(all, 'anna', fake('a1'));
  suspend(all, 'bert', fake('b1'), fake('b2'));
  suspend(all, 'anna', fake('a2'));
  assert.equal(evicted, []);
  all.add(fake('a3'), 'anna');
  suspend(all, 'bert', fake('b3'));
  assert.equal(evicted, ['a1 maxPerPrincipal', 'b1 maxPerPrincipal']);
});

waiting('end before any that is connected, which never does', () => {
  const { all, evicted } = limited({ maxPerPrincipal: 2, maxSessions: 1 });
  const connected = ['a1', 'a2', 'a3', 'a4'].map((name) => fake(name));
  for (const session of connected) all.add(session, 'anna');
  assert.equal(evicted, []);
  all.suspend(connected[0]!);
  assert.equal(evicted, ['a1 maxPerPrincipal']);
  all.delete(connected[1]!);
  all.suspend(connected[2]!);
  assert.equal(evicted, ['a1 maxPerPrincipal']);
});

waiting('are not counted for anybody where nobody is told apart', () => {
  const { all, evicted } = limited({ maxPerPrincipal: 1 });
  suspend(all, null, fake('a'), fake('b'), fake('c'));
  assert.equal(evicted, []);
});

waiting('leave nothing behind when they end', () => {
  const { all, evicted } = limited({ maxPerPrincipal: 1, maxSessions: 1 });
  for (let round = 0; round < 3; round += 1) {
    const session = fake('a');
    suspend(all, 'anna', session);
    all.delete(session);
    all.delete(session);
  }
  assert.equal(evicted, []);
});
waiting.run();

const serving = suite('a server that keeps no more sessions');
const STAYS_AWAY = { reconnect: { initial: 60_000, max: 60_000 }, random: () => 1 };

/** A client that begins a session and does not come back. */
async function begin(world: VirtualWorld, auth?: string): Promise<AnyServerSession> {
  const { client, server } = await world.open({ ...STAYS_AWAY, auth });
  clients.push(client);
  return server;
}

const clients: ClientSession[] = [];

async function end(world: VirtualWorld): Promise<void> {
  for (const client of clients.splice(0)) client.destroy();
  await world.close();
}

/** So many clients begin sessions and stay away. */
async function suspended(world: VirtualWorld, count: number): Promise<AnyServerSession[]> {
  const sessions: AnyServerSession[] = [];
  for (let at = 0; at < count; at += 1) sessions.push(await begin(world));
  world.network.reset();
  await world.clock.settle();
  return sessions;
}

/** Who had to go, and why. */
function evictionIn(event: ServerEvent): unknown {
  return event.type === 'evicted' ? [event.session, event.limit] : event.type;
}

serving('ends the oldest, tells which and why, and refuses its client', async () => {
  const world = await VirtualWorld.start({ server: { resume: { maxSessions: 2 } } });
  const events = watch<ServerEvent>(world.server.events$);
  const client = await RawClient.dial(world, { keep: true });
  await client.abort();
  const session = world.serverSessions[0]!;
  await suspended(world, 2);
  assert.equal(events.map(evictionIn), [[session, 'maxSessions']]);
  assert.equal([await session.closed, world.server.sessions.size], [{ kind: 'evicted', heldBytes: 0 }, 2]);
  const late = await RawClient.dial(world, { attempt: 2, resumption: client.resumption });
  assert.is(late.rejection, 'ERR_HW_RESUME_UNKNOWN');
  await end(world);
});

serving('counts what is sent to those who are away', async () => {
  const world = await VirtualWorld.start({ server: { resume: { maxBytes: 5000 } } });
  const events = watch<ServerEvent>(world.server.events$);
  const [first, second] = (await suspended(world, 2)) as [AnyServerSession, AnyServerSession];
  const text = 'x'.repeat(1000 - 256 - 3);
  const failed = rejectionOf<{ outcome: string }>(first.send('news', text));
  for (let at = 0; at < 4; at += 1) second.send('news', text).catch(() => {});
  await world.clock.settle();
  assert.equal(events, []);
  second.send('news').catch(() => {});
  assert.equal(events, [], 'not under the feet of whoever sends');
  await world.clock.settle();
  assert.equal(events.map(evictionIn), [[first, 'maxBytes']]);
  assert.is((await failed).outcome, 'not-delivered');
  assert.is(second.state$.value.status, 'suspended');
  await end(world);
});

serving('takes one that goes on out of the count', async () => {
  const world = await VirtualWorld.start({ server: { resume: { maxSessions: 1 } } });
  const events = watch<ServerEvent>(world.server.events$);
  const anna = await RawClient.dial(world, { keep: true });
  await anna.abort();
  const again = await RawClient.dial(world, { attempt: 2, resumption: anna.resumption });
  const [bert] = await suspendedRaw(world);
  assert.equal([events, again.cause, bert!.state$.value.status], [[], null, 'suspended']);
  await again.abort();
  assert.equal(events.map(evictionIn), [[bert, 'maxSessions']]);
  await end(world);
});

async function suspendedRaw(world: VirtualWorld): Promise<AnyServerSession[]> {
  const client = await RawClient.dial(world, { keep: true });
  await client.abort();
  return [world.serverSessions.at(-1)!];
}

serving('keeps so many of one principal, the connected ones included', async () => {
  const world = await VirtualWorld.start({
    server: { resume: { maxPerPrincipal: 2 }, authenticate: (auth) => auth, principal: String },
  });
  const events = watch<ServerEvent>(world.server.events$);
  const bert = await begin(world, 'bert');
  const first = await begin(world, 'anna');
  world.network.reset();
  await world.clock.settle();
  await begin(world, 'anna');
  assert.equal(events, []);
  await begin(world, 'anna');
  assert.equal(events.map(evictionIn), [[first, 'maxPerPrincipal']]);
  await begin(world, 'anna');
  assert.equal([events.length, world.server.sessions.size], [1, 4]);
  assert.is(bert.state$.value.status, 'suspended');
  await end(world);
});

for (const [name, value] of [
  ['maxSessions', 0],
  ['maxSessions', 1.5],
  ['maxBytes', 0],
  ['maxPerPrincipal', Number.NaN],
] as const) {
  serving(`refuses ${name} ${value}`, async () => {
    const error = await rejectionOf<Error>(VirtualWorld.start({ server: { resume: { [name]: value } } }));
    assert.match(error.message, `resume.${name} is ${value}`);
  });
}
serving.run();
