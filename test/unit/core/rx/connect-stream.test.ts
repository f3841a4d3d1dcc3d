import { retry, type Subscription } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HeartwireError } from '@heartwire/core';
import { connect$, type ConnectStreamOptions } from '@heartwire/core/rx';
import { VirtualWorld, type ClientSession } from '../../../support/virtual-world.ts';

interface Subscribed {
  readonly sessions: ClientSession[];
  /** How it ended: 'complete', or the error. */
  readonly ends: unknown[];
  readonly subscription: Subscription;
}

function subscribe(world: VirtualWorld, options: ConnectStreamOptions = {}): Subscribed {
  const sessions: ClientSession[] = [];
  const ends: unknown[] = [];
  const subscription = connect$(world.dialer, { clock: world.clock, reconnect: false, ...options }).subscribe({
    next: (session) => sessions.push(session),
    error: (error: unknown) => ends.push(error),
    complete: () => ends.push('complete'),
  });
  return { sessions, ends, subscription };
}

const subscribing = suite('connect$');

subscribing('dials for each subscriber, and not before there is one', async () => {
  const world = await VirtualWorld.start();
  const session$ = connect$(world.dialer, { clock: world.clock, reconnect: false });
  await world.clock.settle();
  assert.is(world.serverSessions.length, 0);
  const subscriptions = [session$.subscribe(), session$.subscribe()];
  await world.clock.settle();
  assert.is(world.serverSessions.length, 2);
  for (const subscription of subscriptions) subscription.unsubscribe();
  await world.close();
});

subscribing('gives the session once, when it is open, and not again when it is resumed', async () => {
  const world = await VirtualWorld.start();
  const { sessions, subscription } = subscribe(world, { reconnect: {} });
  assert.is(sessions.length, 0);
  await world.clock.settle();
  assert.is(sessions[0]!.state$.value.status, 'open');
  world.network.reset();
  await world.clock.advance(2000);
  const { value } = sessions[0]!.state$;
  assert.ok(value.status === 'open' && value.resumed);
  assert.is(sessions.length, 1);
  subscription.unsubscribe();
  await world.close();
});

subscribing('gives it before its first message is handled', async () => {
  const world = await VirtualWorld.start({
    server: { session: (session) => void session.send('said', 'welcome').catch(() => {}) },
  });
  const heard: unknown[] = [];
  const subscription = connect$(world.dialer, { clock: world.clock, reconnect: false }).subscribe((session) =>
    session.handle('said', (data) => heard.push(data)),
  );
  await world.clock.settle();
  assert.equal(heard, ['welcome']);
  subscription.unsubscribe();
  await world.close();
});

subscribing('drains the session of one who unsubscribes', async () => {
  const world = await VirtualWorld.start();
  const { sessions, ends, subscription } = subscribe(world);
  await world.clock.settle();
  const handled: unknown[] = [];
  world.serverSessions[0]!.handle('say', (data) => handled.push(data));
  void sessions[0]!.send('say', 'last words');
  subscription.unsubscribe();
  await world.clock.settle();
  assert.equal(handled, ['last words']);
  assert.equal(await sessions[0]!.closed, { ...(await sessions[0]!.closed), kind: 'closed', by: 'local' });
  assert.equal(ends, []);
  await world.close();
});

subscribing('drops it when the goodbye takes longer than it may', async () => {
  const world = await VirtualWorld.start();
  const { sessions, subscription } = subscribe(world, { drainTimeout: 300 });
  await world.clock.settle();
  world.network.blackhole();
  subscription.unsubscribe();
  await world.clock.advance(299);
  assert.is(sessions[0]!.state$.value.status, 'draining');
  await world.clock.advance(2);
  assert.is(sessions[0]!.state$.value.status, 'closed');
  world.network.heal();
  await world.close();
});

subscribing('drops what is not open yet when nobody wants it any more', async () => {
  const world = await VirtualWorld.start();
  const { sessions, subscription } = subscribe(world);
  subscription.unsubscribe();
  await world.clock.settle();
  assert.equal([sessions.length, world.server.sessions.size], [0, 0]);
  await world.close();
});

for (const end of ['close', 'drain'] as const) {
  subscribing(`completes when the server says goodbye with ${end}()`, async () => {
    const world = await VirtualWorld.start();
    const { ends } = subscribe(world);
    await world.clock.settle();
    void world.serverSessions[0]![end]();
    await world.clock.settle();
    assert.equal(ends, ['complete']);
    await world.close();
  });
}

subscribing('completes when the subscriber itself closes the session', async () => {
  const world = await VirtualWorld.start();
  const { sessions, ends } = subscribe(world);
  await world.clock.settle();
  void sessions[0]!.close();
  await world.clock.settle();
  assert.equal(ends, ['complete']);
  await world.close();
});

subscribing('errors when the session ends without a goodbye, with the cause', async () => {
  const world = await VirtualWorld.start();
  const { ends } = subscribe(world);
  await world.clock.settle();
  world.network.reset();
  await world.clock.settle();
  const [error] = ends;
  assert.ok(error instanceof HeartwireError);
  assert.is(error.code, 'ERR_HW_CONNECTION_LOST');
  assert.is((error.cause as { kind: string }).kind, 'reset');
  await world.close();
});

subscribing('errors when no session comes of it', async () => {
  const world = await VirtualWorld.start({
    server: {
      authenticate: () => {
        throw new Error('nobody');
      },
    },
  });
  const { ends, sessions } = subscribe(world);
  await world.clock.settle();
  assert.is((ends[0] as HeartwireError).code, 'ERR_HW_AUTH');
  assert.is(sessions.length, 0);
  await world.close();
});

for (const options of [{ drainTimeout: -1 }, { drainTimeout: Number.NaN }, { sendTimeout: 0 }]) {
  subscribing(`errors for an option that makes no sense: ${JSON.stringify(options)}`, async () => {
    const world = await VirtualWorld.start();
    const { ends } = subscribe(world, options);
    assert.is((ends[0] as HeartwireError).code, 'ERR_HW_OPTION');
    await world.close();
  });
}

subscribing('begins another session with retry()', async () => {
  const world = await VirtualWorld.start();
  const heard: unknown[] = [];
  const subscription = connect$(world.dialer, { clock: world.clock, reconnect: false })
    .pipe(retry(3))
    .subscribe((session) => session.handle('said', (data) => heard.push(data)));
  for (const word of ['one', 'two']) {
    await world.clock.settle();
    world.serverSessions
      .at(-1)!
      .send('said', word)
      .catch(() => {});
    await world.clock.settle();
    world.network.reset();
  }
  await world.clock.settle();
  assert.equal([heard, world.serverSessions.length], [['one', 'two'], 3]);
  subscription.unsubscribe();
  await world.close();
});
subscribing.run();
