// The room: everybody hears everything in order, one who does not listen slows nobody down, and names are told apart.
import { connect, serve, type Server, type Session } from '@heartwire/core';
import { memoryNetwork, type Network } from '@heartwire/core/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Chat, Said, Welcome } from '../../examples/chat/contract.ts';
import { checkCredentials } from '../../examples/chat/server/credentials.ts';
import type { Member } from '../../examples/chat/server/member.ts';
import { Room } from '../../examples/chat/server/room.ts';
import { withDeadline } from '../support/with-deadline.ts';

const DEADLINE_MS = 10_000;

/** Somebody in the room, and what was heard. */
interface Visitor {
  readonly session: Session<Chat['up'], Chat['down']>;
  readonly welcome: Welcome;
  readonly heard: Said[];
  readonly notes: string[];
  /** What is said waits for this before it is heard. */
  gate: Promise<void> | null;
}

interface Context {
  room: Room;
  server: Server<Chat>;
  network: Network;
  members: Member[];
  sessions: Session[];
  visit: (name: string) => Promise<Visitor>;
}

const room = suite<Context>('the room');

room.before.each(async (context) => {
  const { dialer, listener, network } = memoryNetwork();
  context.network = network;
  context.room = new Room();
  context.members = [];
  context.sessions = [];
  context.server = await serve<Chat>(listener, {
    authenticate: checkCredentials,
    session: (session) => context.members.push(context.room.enter(session)),
  });
  context.visit = async (name) => {
    const session = connect<Chat>(dialer, { auth: { name } });
    context.sessions.push(session);
    const heard: Said[] = [];
    const notes: string[] = [];
    let visitor: Visitor | null = null;
    const welcome = new Promise<Welcome>((resolve) => session.handle('welcome', resolve));
    session.handle('said', async (said) => {
      await visitor?.gate;
      heard.push(said);
    });
    session.handle('joined', (joined) => void notes.push(`${joined.name} joined`));
    session.handle('left', (left) => void notes.push(`${left.name} left`));
    session.handle('missed', (missed) => void notes.push(`missed ${missed.lines}`));
    await session.ready;
    const welcomed = await withDeadline(DEADLINE_MS, welcome, `a welcome for ${name}`);
    visitor = { session, welcome: welcomed, heard, notes, gate: null };
    return visitor;
  };
});

room.after.each(async ({ server, sessions }) => {
  // One that is without a connection at the moment would look for the server for ever.
  for (const session of sessions) session.destroy();
  await server.close({ timeout: 100 });
});

room('gives the second Ada another name, and the first one back when it is free', async ({ room: here, visit }) => {
  const first = await visit('Ada');
  const second = await visit(' Ada ');
  assert.is(second.welcome.name, 'Ada 2');
  assert.equal(here.online, ['Ada', 'Ada 2']);
  await first.session.close();
  await until(() => here.online.length === 1);
  const third = await visit('Ada');
  assert.equal(third.welcome, { name: 'Ada', online: ['Ada 2', 'Ada'], history: [] });
  assert.equal(second.notes, ['Ada left', 'Ada joined']);
});

room('keeps the place of somebody whose connection is lost, who misses nothing', async (context) => {
  const { room: here, members, network, visit } = context;
  const ada = await visit('Ada');
  const grace = await visit('Grace');
  // A session is kept from the first word of its client on.
  await Promise.all([ada.session.ping(), grace.session.ping()]);
  network.reset();
  here.publish(here.stamp('Ada', 'still here?'), members[0]!);
  assert.equal(here.online, ['Ada', 'Grace']);
  await until(() => grace.heard.length === 1);
  assert.equal([ada.notes, grace.notes], [['Grace joined'], []]);
  assert.ok(here.hasSomebodyCalled('Ada'));
  assert.not.ok(here.hasSomebodyCalled('Ada 2'));
});

room('gives the place of somebody who says goodbye free at once, whoever does not hear that', async (context) => {
  const { room: here, network, server, visit } = context;
  const ada = await visit('Ada');
  const grace = await visit('Grace');
  // The answer to the goodbye never arrives, so the session itself is not over yet.
  network.blackhole('down');
  void ada.session.close({ timeout: 100 });
  await until(() => here.online.length === 1);
  assert.is(server.sessions.size, 2);
  network.heal();
  await until(() => grace.notes.includes('Ada left'));
});

room('tells nobody that all the others leave when it is dissolved', async ({ room: here, server, visit }) => {
  const ada = await visit('Ada');
  const grace = await visit('Grace');
  here.dissolve();
  await server.drain();
  assert.equal([ada.notes, grace.notes], [['Grace joined'], []]);
});

room('tells a newcomer the last fifty lines', async ({ room: here, members, visit }) => {
  await visit('Ada');
  for (let line = 1; line <= 60; line += 1) here.publish(here.stamp('Ada', `line ${line}`), members[0]!);
  const { welcome } = await visit('Grace');
  assert.equal(
    welcome.history.map(({ text }) => text),
    Array.from({ length: 50 }, (_, index) => `line ${index + 11}`),
  );
});

room('gives every line a later time than the one before', ({ room: here }) => {
  const times = Array.from({ length: 1000 }, () => here.stamp('Ada', '').at);
  assert.ok(times.every((at, index) => index === 0 || at > times[index - 1]!));
});

room('does not let one who does not listen slow the others down, and tells it what it missed', async (context) => {
  const { room: here, members, visit } = context;
  const author = await visit('Ada');
  const quick = await visit('Grace');
  const slow = await visit('Sloth');
  const release = stopListening(slow);
  const total = 5000;
  for (let line = 1; line <= total; line += 1) {
    here.publish(here.stamp('Ada', `line ${line}`), members[0]!);
    // A room lets other things happen between two lines.
    if (line % 100 === 0) await author.session.ping();
  }
  await until(() => quick.heard.length === total);
  assert.ok(slow.heard.length <= 1, `${slow.heard.length} heard`);
  release();
  await until(() => slow.notes.length === 1);
  const missed = Number(/^missed (\d+)$/.exec(slow.notes[0]!)?.[1]);
  assert.is(slow.heard.length + missed, total);
  // It owes no more than a thousand at any time.
  assert.ok(slow.heard.length <= 1000, `${slow.heard.length} heard`);
  assert.equal(author.heard, []);

  here.publish(here.stamp('Ada', 'after that'), members[0]!);
  await until(() => slow.heard.at(-1)?.text === 'after that');
});
room.run();

const names = suite('the names that are accepted');

for (const [given, name] of [
  ['Ada', 'Ada'],
  ['  Ada \t Lovelace ', 'Ada Lovelace'],
  ['👩🏽‍🚀', '👩🏽‍🚀'],
  ['x'.repeat(32), 'x'.repeat(32)],
] as const) {
  names(`${JSON.stringify(given)} becomes ${JSON.stringify(name)}`, () => {
    assert.is(checkCredentials({ name: given }).name, name);
  });
}

for (const credentials of [
  undefined,
  null,
  'Ada',
  {},
  { name: 1 },
  { name: '' },
  { name: ' \n' },
  { name: 'x'.repeat(33) },
  { name: 'a\u001b[2J' },
  { name: '\u202eadA' },
]) {
  names(`${JSON.stringify(credentials)} is refused with a sentence`, () => {
    assert.throws(() => checkCredentials(credentials), /^please/);
  });
}
names.run();

/** The visitor is stuck in the first message until the returned function is called. */
function stopListening(visitor: Visitor): () => void {
  let release = (): void => {};
  visitor.gate = new Promise((resolve) => {
    release = resolve;
  });
  return release;
}

/** Waits for what must happen, turn by turn. */
async function until(isTrue: () => boolean): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!isTrue()) {
    if (performance.now() > deadline) throw new Error(`not within ${DEADLINE_MS} ms: ${String(isTrue)}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
