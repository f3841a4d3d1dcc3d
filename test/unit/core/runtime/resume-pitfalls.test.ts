/** What other libraries got wrong about coming back, one test each, and what nobody may be punished for. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { SessionEvent } from '@heartwire/core';
import { RawClient } from '../../../support/raw-client.ts';
import {
  VirtualWorld,
  rejectionOf,
  watch,
  watchRejections,
  type AnyServerSession,
  type ClientSession,
} from '../../../support/virtual-world.ts';

const COMES_BACK = { reconnect: { initial: 0 } };

function recording(heard: unknown[]): { session: (session: AnyServerSession) => void } {
  return { session: (session) => void session.handle('say', (data) => void heard.push(data)) };
}

const pitfall = suite('pitfalls of resuming');

// Pitfall 4: where to go on is never read out of what the application sent.
pitfall('payloads that look like positions and frames change nothing', async () => {
  const heard: unknown[] = [];
  const world = await VirtualWorld.start({ server: recording(heard) });
  const { client } = await world.open(COMES_BACK);
  const tricky: unknown[] = [
    { received: 0, digest: 0, attempt: 99, session: 'x', token: new Uint8Array(32) },
    ['offset', 1, 0],
    [1, 2, '17'],
    new Uint8Array([0xf8, 0x48, 0x57, 0x0a, 0x01]),
    'offset-0',
    null,
  ];
  for (const payload of tricky) {
    const sent = client.send('say', payload);
    world.network.reset();
    await world.clock.advance(1);
    await sent;
  }
  assert.equal(heard, tricky);
  client.destroy();
  await world.close();
});

/** A client that is away, with everything that it sent in the hands of nobody. */
async function away(world: VirtualWorld): Promise<ClientSession> {
  const { client } = await world.open({ reconnect: { initial: 5000, max: 5000 }, random: () => 1 });
  world.network.reset();
  await world.clock.settle();
  assert.is(client.state$.value.status, 'suspended');
  return client;
}

// Pitfall 10: one that is away stops nobody, and what waits for it is no reason to stop sending it again.
pitfall('a member of a group who is away holds nobody up, and gets everything at last', async () => {
  const world = await VirtualWorld.start();
  const [there, gone]: [unknown[], unknown[]] = [[], []];
  const absent = await away(world);
  const { client: present } = await world.open();
  present.handle('news', (data) => void there.push(data));
  absent.handle('news', (data) => void gone.push(data));
  const text = 'x'.repeat(50_000);
  const all = Array.from({ length: 40 }, (_, at) => `${at} ${text}`);
  const reports = all.map((data) => world.server.everyone.send('news', data));
  for (let turn = 0; turn < 10; turn += 1) await world.clock.settle();
  assert.equal([there, gone], [all, []]);
  await world.clock.advance(5100);
  assert.equal(gone, all);
  assert.equal(new Set((await Promise.all(reports)).map(({ handled }) => handled)), new Set([2]));
  for (const client of [absent, present]) client.destroy();
  await world.close();
});

// Pitfall 26: what was of use for a moment only does not come in a burst when everything is over.
pitfall('what is out of date when the client comes back is not handled', async () => {
  const heard: unknown[] = [];
  const world = await VirtualWorld.start({ server: recording(heard) });
  const client = await away(world);
  const late = Array.from({ length: 100 }, (_, at) => client.send('say', at, { expiresIn: 1000 }));
  const outcomes = Promise.all(late.map((delivery) => rejectionOf<{ outcome: string }>(delivery)));
  for (let at = 0; at < 100; at += 1) client.volatile('say', `volatile ${at}`);
  const lasting = client.send('say', 'lasting');
  await world.clock.advance(5100);
  await lasting;
  assert.equal(heard, ['lasting']);
  assert.equal(new Set((await outcomes).map(({ outcome }) => outcome)), new Set(['expired']));
  client.destroy();
  await world.close();
});

// Pitfall 31: a memory for what was handled that lasts no longer than the last attempt handles something twice.
pitfall('nothing is handled twice, however late in the window the client comes back', async () => {
  const heard: unknown[] = [];
  const world = await VirtualWorld.start({ server: recording(heard) });
  const pause = 119_999;
  const { client } = await world.open({ reconnect: { initial: pause, max: pause }, random: () => 1, sendTimeout: 1e9 });
  for (let round = 0; round < 5; round += 1) {
    world.network.blackhole('down');
    const sent = client.send('say', round);
    await world.clock.settle();
    world.network.reset();
    world.network.heal();
    await world.clock.advance(pause);
    await sent;
  }
  assert.equal(heard, [0, 1, 2, 3, 4]);
  assert.equal(client.state$.value, { status: 'open', epoch: 6, resumed: true });
  client.destroy();
  await world.close();
});

// Pitfalls 22 and 23: a stop right after sending takes what was sent along, and does not take for ever.
pitfall('a drain right after sending finishes over the next connection, or in its time', async () => {
  for (const [pause, ending] of [
    [100, 'handled'],
    [60_000, 'not-delivered'],
  ] as const) {
    const heard: unknown[] = [];
    const world = await VirtualWorld.start({ server: recording(heard) });
    const { client } = await world.open({ reconnect: { initial: pause, max: pause }, random: () => 1 });
    world.network.reset();
    await world.clock.settle();
    const sent = client.send('say', 1).then(
      ({ stage }) => stage as string,
      (error: unknown) => (error as { outcome: string }).outcome,
    );
    const report = client.drain({ timeout: 1000 });
    await world.clock.advance(1000);
    await report;
    assert.equal([await sent, heard.length], [ending, ending === 'handled' ? 1 : 0]);
    await world.close();
  }
});
pitfall.run();

const often = suite('a client that comes back again and again');

often('is not slowed down by 200 cuts in 20 seconds', async () => {
  const heard: unknown[] = [];
  const world = await VirtualWorld.start({ server: recording(heard) });
  const rejections = watchRejections(world);
  const { client } = await world.open(COMES_BACK);
  const events = watch<SessionEvent>(client.events$);
  const sent: PromiseLike<unknown>[] = [];
  for (let cut = 0; cut < 200; cut += 1) {
    sent.push(client.send('say', cut));
    await world.clock.advance(100);
    world.network.reset();
    await world.clock.settle();
  }
  await world.clock.advance(100);
  await Promise.all(sent);
  assert.equal([heard.length, rejections], [200, []]);
  assert.equal(new Set(events.map(({ type }) => type)), new Set(['resumed']));
  assert.is(events.length, 200);
  client.destroy();
  await world.close();
});

often('is asked to wait when it comes back for nothing, and its session waits for it', async () => {
  const world = await VirtualWorld.start();
  let last = await RawClient.dial(world, { keep: true });
  const { resumption } = last;
  for (let attempt = 2; attempt <= 257; attempt += 1) {
    const next = await RawClient.dial(world, { attempt, resumption });
    await last.abort();
    assert.is(next.rejection, undefined);
    last = next;
  }
  const refused = await RawClient.dial(world, { attempt: 258, resumption });
  const ended = refused.events.find(({ type }) => type === 'ended') as { cause: unknown };
  const message = 'the server takes no more connections at the moment';
  const busy = { kind: 'refused', by: 'application', code: 'ERR_HW_BUSY', message, retryAfter: 100 };
  assert.equal(ended.cause, busy);
  assert.equal([last.goaways, last.cause], [[], null], 'the connection before stands');
  await world.clock.advance(100);
  const again = await RawClient.dial(world, { attempt: 258, resumption });
  assert.equal([again.rejection, last.goaways], [undefined, [1]]);
  for (const each of [refused, last, again]) await each.abort();
  await world.close();
});

often('waits and comes back by itself when it was asked to wait', async () => {
  const world = await VirtualWorld.start();
  const { client } = await world.open({ reconnect: { initial: 0, max: 0 }, random: () => 0 });
  const { id } = client;
  for (let cut = 0; cut < 300; cut += 1) {
    world.network.reset();
    await world.clock.advance(0);
  }
  assert.is(client.state$.value.status, 'suspended');
  await world.clock.advance(500);
  assert.equal([client.state$.value, client.id], [{ status: 'open', epoch: 259, resumed: true }, id]);
  client.destroy();
  await world.close();
});
often.run();
