/** A client that comes back when its session is over learns what became of its messages. Promises P4, P16; PROTOCOL.md §19 "Too late". */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Refusal, type SessionEvent } from '@heartwire/core';
import { VirtualWorld, watch, type ClientSession, type OpenSession } from '../../../support/virtual-world.ts';

/** A client that stays away for so long that its session is over. */
const LATE = { reconnect: { initial: 5000, max: 5000, factor: 1 }, random: (): number => 1 };
const WINDOW_MS = 1000;

interface Scene extends OpenSession {
  readonly world: VirtualWorld;
  readonly handled: unknown[];
}

async function scene(handler: (data: unknown) => unknown = () => {}, options = {}): Promise<Scene> {
  const handled: unknown[] = [];
  const world = await VirtualWorld.start({
    server: {
      heartbeat: false,
      resume: { window: WINDOW_MS },
      session: (session) => {
        const run = (data: unknown): unknown => {
          handled.push(data);
          return handler(data);
        };
        session.handle('say', run);
        session.handle('ask', run);
      },
    },
  });
  return { world, handled, ...(await world.open({ ...LATE, heartbeat: false, ...options })) };
}

/** From now on the client hears nothing, and then its connection is lost. */
async function sendIntoSilence(
  { world, client }: Scene,
  texts: readonly string[],
): Promise<PromiseSettledResult<unknown>[]> {
  world.network.blackhole('down');
  const outcomes = Promise.allSettled(texts.map((text) => client.send('say', text)));
  await world.clock.advance(30);
  world.network.reset();
  world.network.heal();
  await world.clock.advance(30_000);
  return outcomes;
}

function namesOf(outcomes: readonly PromiseSettledResult<unknown>[]): string[] {
  return outcomes.map((each) =>
    each.status === 'fulfilled' ? 'handled' : (each.reason as { outcome: string }).outcome,
  );
}

async function leave({ world, client }: { world: VirtualWorld; client: ClientSession }): Promise<void> {
  client.destroy();
  await world.close();
}

const late = suite('whoever comes back late');

late('learns what was handled and what was refused', async () => {
  const here = await scene((data) => {
    if (data === 'bad') throw new Refusal('no', 'no', { why: 7 });
  });
  const events = watch<SessionEvent>(here.client.events$);
  const outcomes = await sendIntoSilence(here, ['good', 'bad', 'fine']);
  assert.equal(namesOf(outcomes), ['handled', 'refused', 'handled']);
  const { reason } = outcomes[1] as PromiseRejectedResult;
  assert.equal((reason as { refusal: unknown }).refusal, { code: 'no', data: { why: 7 } });
  assert.equal(
    events.filter(({ type }) => type === 'gap'),
    [{ type: 'gap', sent: null, received: 0 }],
  );
  await leave(here);
});

late('learns that what never arrived was not delivered', async () => {
  const here = await scene();
  here.world.network.blackhole('up');
  const outcomes = await sendIntoSilence(here, ['lost', 'lost too']);
  assert.equal([namesOf(outcomes), here.handled], [['not-delivered', 'not-delivered'], []]);
  for (const each of outcomes) assert.ok((each as { reason: { safeToRetry: boolean } }).reason.safeToRetry);
  await leave(here);
});

late('waits for a handler that still runs when the session is over', async () => {
  let finish = (): void => {};
  const here = await scene((data) =>
    data === 'slow' ? new Promise<void>((resolve) => (finish = resolve)) : undefined,
  );
  const { world } = here;
  world.network.blackhole('down');
  let known: string[] | null = null;
  const sent = ['quick', 'slow', 'waiting'].map((text) => here.client.send('say', text));
  void Promise.allSettled(sent).then((all) => (known = namesOf(all)));
  await world.clock.advance(30);
  world.network.reset();
  world.network.heal();
  // The session is over after 1 s, and reported 5 s later, because its last message has not begun in time.
  await world.clock.advance(8000);
  assert.is(known, null, 'it is told to ask again');
  finish();
  await world.clock.advance(10_000);
  // The end of the session is reported before the one that waited got its turn.
  assert.equal(known, ['handled', 'handled', 'not-delivered']);
  assert.equal(here.handled, ['quick', 'slow']);
  await leave(here);
});

late('says unknown only where nobody knows, and corrects it when somebody does', async () => {
  const here = await scene(() => {}, {
    sendTimeout: 2000,
    reconnect: { initial: 20_000, max: 20_000 },
    random: () => 1,
  });
  const events = watch<SessionEvent>(here.client.events$);
  const outcomes = namesOf(await sendIntoSilence(here, ['handled, and nobody said so']));
  // The wait was over before the client came back.
  assert.equal(outcomes, ['unknown']);
  assert.equal(
    events.filter(({ type }) => type === 'resolved'),
    [{ type: 'resolved', message: 'say', id: 1, outcome: 'handled' }],
  );
  await leave(here);
});

late('knows no more of a request than that its answer is gone', async () => {
  const here = await scene(() => 'an answer');
  here.world.network.blackhole('down');
  const outcomes = Promise.allSettled([here.client.request('ask', 'question')]);
  await here.world.clock.advance(30);
  here.world.network.reset();
  here.world.network.heal();
  await here.world.clock.advance(30_000);
  assert.equal([namesOf(await outcomes), here.handled], [['unknown'], ['question']]);
  await leave(here);
});

late('finishes a goodbye that the other side has finished', async () => {
  const here = await scene(() => {}, { reconnect: { initial: 100, max: 100 } });
  const { world, client, server } = here;
  await client.send('say', 'all is well');
  world.network.latency(10);
  const report = server.close({ code: 7, reason: 'maintenance' });
  // The server's GOODBYE arrives, and the client's answer and its own; what the server says to that is lost.
  await world.clock.advance(15);
  world.network.blackhole('down');
  await world.clock.advance(1500);
  assert.is(server.state$.value.status, 'closed');
  assert.is(client.state$.value.status, 'draining');
  world.network.reset();
  world.network.heal();
  await world.clock.advance(2000);
  const ended = { kind: 'closed', code: 7, reason: 'maintenance' };
  assert.equal((await report).cause, { ...ended, by: 'local' });
  assert.equal(await client.closed, { ...ended, by: 'peer' });
  await leave(here);
});

late('is not waited for when only its last word is missing', async () => {
  const world = await VirtualWorld.start({ server: { session: (session) => void session.handle('say', () => {}) } });
  const { client, server } = await world.open({ reconnect: { initial: 100, max: 100 } });
  await client.send('say', 'all is well');
  world.network.latency(10);
  const report = client.close({ code: 7 });
  // The client has heard all that it waits for; what it says to that is lost.
  await world.clock.advance(15);
  world.network.blackhole('up');
  await world.clock.advance(1500);
  assert.equal([client.state$.value.status, server.state$.value.status], ['closed', 'draining']);
  world.network.reset();
  world.network.heal();
  await world.clock.advance(6000);
  assert.is((await report).cause.kind, 'closed');
  assert.equal(await server.closed, { kind: 'closed', by: 'peer', code: 7, reason: '' });
  await leave({ world, client });
});

late('is told nothing where nothing is kept', async () => {
  const world = await VirtualWorld.start({
    server: { heartbeat: false, resume: { window: WINDOW_MS, tombstones: false } },
  });
  const { client } = await world.open({ ...LATE, heartbeat: false });
  const here = { world, client } as Scene;
  assert.equal(namesOf(await sendIntoSilence(here, ['who knows'])), ['unknown']);
  await leave(here);
});

late.run();
