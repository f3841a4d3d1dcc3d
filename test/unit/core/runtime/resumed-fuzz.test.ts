// test-limit: 120s
/**
 * Frames that are wrong, or right at the wrong time, on a connection that has resumed a session: the server survives, handles nothing twice or out of order,
 * and a bystander's messages are confirmed all the while. Promises P3, P17.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { CloseCause } from '@heartwire/core';
import { FrameType } from '../../../../packages/core/src/wire/frame-type.ts';
import { FrameWriter } from '../../../../packages/core/src/wire/frame-writer.ts';
import { bytesOf, joined } from '../../../support/hex.ts';
import { RawClient } from '../../../support/raw-client.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';
import { VirtualWorld, type AnyServerSession, type ClientSession } from '../../../support/virtual-world.ts';
import { readVectors } from '../../../vectors/vector-files.ts';

const ROUNDS = 2000;
const BYSTANDER_EVERY = 20;
const VECTORS = readVectors('frames').valid.map(({ hex }) => bytesOf(hex));

/** Frames that a client in this state may write: message 1 was handled, and message 1 of the server is here and refused. */
const IN_STATE: readonly ((writer: FrameWriter, random: SeededRandom) => void)[] = [
  (writer) => writer.message(FrameType.MESSAGE, 2, 'say', slice(7), false, null),
  (writer) => writer.message(FrameType.MESSAGE, 2, 'say', slice(7), true, null),
  (writer) =>
    writer.message(FrameType.REQUEST, 2, 'ask', slice(7), false, { received: 1, unsettled: 0, delayTicks: 0 }),
  (writer) => writer.message(FrameType.REQUEST, 2, 'stuck', slice(7), false, null),
  (writer) => writer.volatile('key', 'say', Uint8Array.of(1), null),
  (writer, random) => writer.void(2, random.integer(1, 256), null),
  (writer) => writer.cancel(1),
  (writer) => writer.ack({ received: 1, unsettled: 1, delayTicks: 3 }, null),
  (writer) =>
    writer.ack(
      { received: 1, unsettled: 0, delayTicks: 0 },
      { ranges: [], refusals: [{ id: 1, code: 'no', data: new Uint8Array(0) }] },
    ),
  (writer) => writer.refusalAck(0),
  (writer, random) => writer.ping(random.integer(0, 63), null),
  (writer, random) => writer.pong(random.integer(0, 63), 0, null),
  (writer) => writer.goodbye(1, true, 0, 'enough'),
  (writer) => writer.goodbye(1, false, 0, ''),
  (writer) => writer.goodbyeAck(1),
  (writer) => writer.goaway(2, 0, 0, 0, ''),
  (writer) => writer.error(7, 'nonsense'),
];

function slice(digit: number): { bytes: Uint8Array; start: number; end: number } {
  return { bytes: Uint8Array.of(digit), start: 0, end: 1 };
}

function frame(random: SeededRandom): Uint8Array {
  if (random.next() < 0.25) return random.pick(VECTORS);
  const writer = new FrameWriter();
  random.pick(IN_STATE)(writer, random);
  return writer.take()!;
}

function mutated(random: SeededRandom, bytes: Uint8Array): Uint8Array {
  const copy = [...bytes];
  for (let turn = random.integer(1, 3); turn > 0; turn -= 1) {
    const at = random.integer(0, copy.length - 1);
    const what = random.integer(0, 3);
    if (what === 0) copy[at] = random.integer(0, 255);
    else if (what === 1) copy[at]! ^= 1 << random.integer(0, 7);
    else if (what === 2) copy.splice(at, 1);
    else copy.splice(at, 0, random.integer(0, 255));
    if (copy.length === 0) break;
  }
  return Uint8Array.from(copy);
}

const fuzz = suite('a resumed connection that says what it must not');

fuzz('harms neither the server nor a bystander', async () => {
  const random = new SeededRandom(1);
  const order = new Map<string, number[]>();
  const world = await VirtualWorld.start({
    server: {
      limits: { windowMessages: 64 },
      session: (session) => handle(session, order),
    },
  });
  const { client: bystander } = await world.open({ name: 'bystander' });
  const ends = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const end = await assault(world, random);
    ends.set(end, (ends.get(end) ?? 0) + 1);
    if (round % BYSTANDER_EVERY === 0) await assertConfirmed(world, bystander, round);
    if (round % 100 === 0) await world.clock.advance(1000);
  }
  for (const [end, count] of ends) console.log(`${String(count).padStart(6)} ${end}`);
  for (const [id, ids] of order)
    assert.equal(
      ids,
      ids.map((_, at) => ids[0]! + at),
      `session ${id}`,
    );
  assert.ok(ends.size > 8, 'the frames are wrong in many ways');
  assert.is(bystander.state$.value.status, 'open');
  bystander.destroy();
  await world.close();
});

function handle(session: AnyServerSession, order: Map<string, number[]>): void {
  session.handle('say', (_data, { message }) => {
    if (message.volatile === true) return;
    const ids = order.get(session.id) ?? [];
    ids.push(message.id);
    order.set(session.id, ids);
  });
  session.handle('ask', (data) => data);
  session.handle('stuck', () => new Promise(() => {}));
}

/** One session that is resumed and then abused; how the server says that it ended. */
async function assault(world: VirtualWorld, random: SeededRandom): Promise<string> {
  const first = await RawClient.dial(world, { keep: true });
  const session = world.serverSessions.at(-1)!;
  await first.say((writer) => writer.message(FrameType.MESSAGE, 1, 'say', slice(1), false, null));
  session.send('news').catch(() => {});
  await world.clock.settle();
  await first.abort();
  const again = await RawClient.dial(world, { attempt: 2, resumption: first.resumption });
  assert.is(again.welcome?.session, session.id);
  const frames = Array.from({ length: random.integer(1, 6) }, () => {
    const good = frame(random);
    return random.next() < 0.6 ? good : mutated(random, good);
  });
  await again.sayBytes(random.pieces(joined(frames), random.pick([1, 5, 1000])));
  if (again.cause === null) await again.abort();
  const state = session.state$.value;
  const end = state.status === 'closed' ? summaryOf(state.cause) : state.status;
  session.destroy();
  await world.clock.settle();
  assert.is(world.server.sessions.size, 1, 'only the bystander is left');
  return end;
}

async function assertConfirmed(world: VirtualWorld, bystander: ClientSession, round: number): Promise<void> {
  const receipt = bystander.send('say', round);
  await world.clock.settle();
  assert.is((await receipt).stage, 'handled');
}

function summaryOf(cause: CloseCause): string {
  return cause.kind === 'protocol' ? `${cause.error.code} by ${cause.error.by}` : cause.kind;
}
fuzz.run();
