import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Refusal, type DeliveryError, type HeartwireError, type Message } from '@heartwire/core';
import { VirtualWorld, rejectionOf, watch, type OpenSession } from '../../../support/virtual-world.ts';

/** An open session and its world; `end` closes both. */
async function open(
  options: Parameters<VirtualWorld['connect']>[0] = {},
): Promise<OpenSession & { world: VirtualWorld }> {
  const world = await VirtualWorld.start();
  return { world, ...(await world.open(options)) };
}

const sending = suite('sending');

sending('resolves with a receipt when the peer’s handler has finished', async () => {
  const { world, client, server } = await open();
  let finish = (): void => {};
  server.handle('say', () => new Promise<void>((resolve) => (finish = resolve)));
  const delivery = client.send('say', { text: 'hello' });
  await world.clock.advance(40);
  assert.equal(delivery.state$.value, { stage: 'delivered', elapsed: 25 });
  finish();
  await world.clock.settle();
  assert.equal(await delivery, { id: 1, stage: 'handled', attempts: 1, elapsed: 40, resumed: false });
  await world.close();
});

sending('resolves when it is delivered, where that is wanted for one message or for all', async () => {
  const world = await VirtualWorld.start();
  const { client, server } = await world.open({ confirm: 'delivered' });
  server.handle('say', () => new Promise(() => {}));
  const [byDefault, asAsked] = [client.send('say', 1), client.send('say', 2, { confirm: 'handled' })];
  await world.clock.advance(30);
  assert.is((await byDefault).stage, 'delivered');
  assert.is(asAsked.state$.value.stage, 'delivered');
  await world.close();
});

sending('rejects with what the handler said', async () => {
  const { world, client, server } = await open();
  server.handle('say', () => {
    throw new Refusal('room-full', 'stays at home', { seats: 0 });
  });
  const error = await withSettling(world, rejectionOf<DeliveryError>(client.send('say', 1)));
  assert.equal(
    [error.code, error.outcome, error.refusal],
    ['ERR_HW_REFUSED', 'refused', { code: 'room-full', data: { seats: 0 } }],
  );
  assert.not.ok(error.message.includes('stays at home'));
  await world.close();
});

sending('loses data of a refusal that are larger than 1 KiB, and keeps the code', async () => {
  const { world, client, server } = await open();
  server.handle('say', (size) => {
    throw new Refusal('no', undefined, new Uint8Array(size as number));
  });
  const [fits, tooLarge] = [client.send('say', 1021), client.send('say', 1022)];
  const errors = await withSettling(
    world,
    Promise.all([fits, tooLarge].map((delivery) => rejectionOf<DeliveryError>(delivery))),
  );
  assert.is((errors[0]!.refusal!.data as Uint8Array).length, 1021);
  assert.equal(errors[1]!.refusal, { code: 'no' });
  await world.close();
});

for (const [title, name] of [
  ['an empty name', ''],
  ['a name of 129 bytes', 'x'.repeat(129)],
  ['a name of 130 bytes in 65 characters', 'ä'.repeat(65)],
] as const) {
  sending(`throws at once: ${title}`, async () => {
    const { world, client } = await open();
    for (const call of [() => client.send(name, 1), () => client.request(name, 1)]) {
      assert.throws(
        call,
        (error: { code: string; by: string }) => error.code === 'ERR_HW_TYPE_NAME' && error.by === 'local',
      );
    }
    await world.close();
  });
}

sending('takes names of up to 128 bytes', async () => {
  const { world, client, server } = await open();
  for (const name of ['x', 'x'.repeat(128), 'ä'.repeat(64)]) {
    server.handle(name, () => {});
    const receipt = client.send(name, 1);
    await world.clock.settle();
    assert.is((await receipt).stage, 'handled');
  }
  await world.close();
});

for (const [title, data] of [
  ['a Date', new Date(0)],
  ['an integer that no 64 bits hold', 2n ** 70n],
] as const) {
  sending(`throws at once: ${title} is no payload`, async () => {
    const { world, client } = await open();
    assert.throws(
      () => client.send('say', data),
      (error: { code: string; by: string }) => error.code === 'ERR_HW_PAYLOAD' && error.by === 'local',
    );
    assert.is(client.state$.value.status, 'open');
    await world.close();
  });
}

sending('throws at once what a codec of one’s own throws, as its cause', async () => {
  const cause = new Error('no encoder');
  const codec = {
    name: 'msgpack',
    encode(): Uint8Array {
      throw cause;
    },
    decode: () => null,
  };
  const { world, client } = await open({ codec });
  assert.throws(
    () => client.send('say', 1),
    (error: { code: string; cause: unknown }) => error.code === 'ERR_HW_PAYLOAD' && error.cause === cause,
  );
  await world.close();
});

sending('needs no data', async () => {
  const { world, client, server } = await open();
  const seen: unknown[] = [];
  server.handle('quit', (data) => void seen.push(data));
  const receipt = client.send('quit');
  await world.clock.settle();
  await receipt;
  assert.equal(seen, [undefined]);
  await world.close();
});
sending.run();

/** Lets everything happen while `promise` is on its way. */
async function withSettling<T>(world: VirtualWorld, promise: Promise<T>): Promise<T> {
  await world.clock.settle();
  return promise;
}

const asking = suite('asking');

asking('resolves with the answer', async () => {
  const { world, client, server } = await open();
  server.handle('add', (data) => (data as number[]).reduce((sum, one) => sum + one, 0));
  server.handle('nothing', () => undefined);
  const both = Promise.all([client.request('add', [1, 2, 3]), client.request('nothing')]);
  assert.equal(await withSettling(world, both), [6, undefined]);
  await world.close();
});

asking('from within a handler of the same peer does not stand in its own way', async () => {
  const { world, client, server } = await open();
  client.handle('who', () => 'Ada');
  server.handle('say', async () => {
    assert.is(await server.request('who'), 'Ada');
  });
  const receipt = await withSettling(world, client.send('say'));
  assert.is(receipt.stage, 'handled');
  await world.close();
});

asking('rejects with what the handler said, and when nobody answers', async () => {
  const { world, client, server } = await open();
  server.handle('ask', () => Promise.reject(new Refusal('busy')));
  const errors = Promise.all(
    [client.request('ask'), client.request('unknown')].map((one) => rejectionOf<DeliveryError>(one)),
  );
  const [refused, unknown] = await withSettling(world, errors);
  assert.is(refused!.refusal!.code, 'busy');
  assert.equal([unknown!.code, unknown!.safeToRetry], ['ERR_HW_NO_HANDLER', true]);
  await world.close();
});
asking.run();

const receiving = suite('receiving');

receiving('has taps that watch and consume nothing', async () => {
  const { world, client, server } = await open();
  const all = watch<Message>(server.messages$);
  const some = watch<Message>(server.on('b'));
  server.handle('a', () => {});
  server.handle('b', () => {});
  void client.send('a', 1);
  void client.send('b', 2);
  void client.send('nobody', 3);
  await world.clock.settle();
  assert.equal(all, [
    { type: 'a', id: 1, data: 1 },
    { type: 'b', id: 2, data: 2 },
  ]);
  assert.equal(some, [{ type: 'b', id: 2, data: 2 }]);
  await world.close();
});

receiving('iterates over messages, with and without a type', async () => {
  const { world, client, server } = await open();
  const controller = new AbortController();
  const seen: unknown[] = [];
  const loop = (async () => {
    for await (const message of server.messages('say')) {
      seen.push([message.type, message.data]);
      if (message.data === 'bad') message.refuse('no', { why: 'bad' });
      else message.accept();
    }
  })();
  const rest = (async () => {
    for await (const message of server.messages({ signal: controller.signal })) {
      seen.push([message.type, message.data]);
      message.accept();
      controller.abort();
    }
  })();
  const outcomes = Promise.allSettled([client.send('say', 'a'), client.send('say', 'bad'), client.send('other', 'b')]);
  const [good, bad, other] = await withSettling(world, outcomes);
  assert.equal([good?.status, bad?.status, other?.status], ['fulfilled', 'rejected', 'fulfilled']);
  assert.equal((bad as PromiseRejectedResult).reason.refusal, { code: 'no', data: { why: 'bad' } });
  assert.equal(
    seen.map(String).sort(),
    [
      ['say', 'a'],
      ['say', 'bad'],
      ['other', 'b'],
    ]
      .map(String)
      .sort(),
  );
  await rest;
  await world.close();
  await loop;
});

receiving('holds what nobody consumes, where that is wanted, until somebody does', async () => {
  const world = await VirtualWorld.start({ server: { unhandled: 'hold' } });
  const { client, server } = await world.open();
  const delivery = client.send('say', 1);
  await world.clock.advance(1000);
  assert.is(delivery.state$.value.stage, 'delivered');
  server.handle('say', () => {});
  await world.clock.settle();
  assert.is((await delivery).stage, 'handled');
  await world.close();
});
receiving.run();

const pinging = suite('pinging');

pinging('resolves with the round trip', async () => {
  const { world, client, server } = await open();
  world.network.latency(20);
  const [ping, back] = [client.ping(), server.ping()];
  await world.clock.advance(100);
  assert.equal([await ping, await back], [{ rtt: 40 }, { rtt: 40 }]);
  assert.is(client.liveness$.value.rtt, 40);
  await world.close();
});

pinging('several at once is answered for each', async () => {
  const { world, client } = await open();
  world.network.latency(20);
  const pings = [client.ping(), client.ping(), client.ping()];
  await world.clock.advance(100);
  assert.equal(
    (await Promise.all(pings)).map(({ rtt }) => rtt),
    [40, 40, 40],
  );
  await world.close();
});

pinging('rejects when nobody answers in time', async () => {
  const { world, client } = await open();
  world.network.blackhole();
  const [short, long] = [rejectionOf(client.ping({ timeout: 100 })), rejectionOf(client.ping())];
  await world.clock.advance(100);
  assert.is((await short).code, 'ERR_HW_TIMEOUT');
  await world.clock.advance(4900);
  assert.is((await long).code, 'ERR_HW_TIMEOUT');
  world.network.heal();
  await world.close();
});

pinging('ends with its signal, and does not take a time that makes no sense', async () => {
  const { world, client } = await open();
  world.network.blackhole();
  const controller = new AbortController();
  const ping = rejectionOf(client.ping({ signal: controller.signal }));
  controller.abort(new Error('not interested'));
  assert.is(((await ping) as unknown as Error).message, 'not interested');
  for (const timeout of [0, -1, Number.NaN, 2 ** 31]) assert.throws(() => client.ping({ timeout }), /timeout is/);
  world.network.heal();
  await world.close();
});

pinging('rejects before the session is open, when it ends, and afterwards', async () => {
  const world = await VirtualWorld.start();
  const client = world.connect();
  assert.is((await rejectionOf(client.ping())).code, 'ERR_HW_SESSION_CLOSED');
  await world.clock.settle();
  world.network.blackhole();
  const during = rejectionOf(client.ping());
  await world.clock.settle();
  client.destroy();
  assert.is((await during).code, 'ERR_HW_SESSION_CLOSED');
  assert.is((await rejectionOf(client.ping())).code, 'ERR_HW_SESSION_CLOSED');
  world.network.heal();
  await world.close();
});
pinging.run();

const closing = suite('closing');

closing('reports what became of the messages whose fate was not known', async () => {
  const { world, client, server } = await open({});
  server.handle('good', () => {});
  server.handle('bad', () => {
    throw new Refusal('no');
  });
  await withSettling(world, client.send('good'));
  world.network.latency(10);
  const deliveries = ['good', 'good', 'bad'].map((type) => client.send(type));
  const asked = client.request('good');
  await world.clock.settle();
  const report = client.close({ code: 4, reason: 'done' });
  const late = client.send('good');
  await world.clock.advance(200);
  assert.equal(await report, {
    cause: { kind: 'closed', by: 'local', code: 4, reason: 'done' },
    handled: 3,
    notDelivered: 1,
    refused: 1,
    unknown: 0,
  });
  assert.equal(
    (await Promise.allSettled([...deliveries, asked, late])).map(({ status }) => status[0]),
    ['f', 'f', 'r', 'f', 'r'],
  );
  await world.close();
});

// Each message was counted once for every step that one acknowledgement told of: 20 messages, 40 outcomes.
closing('counts each message once, whatever one acknowledgement says of it', async () => {
  const { world, client, server } = await open();
  server.handle('good', () => {});
  server.handle('bad', () => {
    throw new Refusal('no');
  });
  const undelivered = watch(client.events$);
  for (let at = 0; at < 20; at += 1) void client.send(at % 2 === 0 ? 'good' : 'bad');
  const report = client.drain();
  await world.clock.settle();
  const { handled, refused, notDelivered, unknown } = await report;
  assert.equal([handled, refused, notDelivered, unknown], [10, 10, 0, 0]);
  assert.is(undelivered.length, 10);
  await world.close();
});

closing('withdraws what waits; draining sends it', async () => {
  for (const [way, expected] of [
    ['close', 4],
    ['drain', 0],
  ] as const) {
    const world = await VirtualWorld.start({ server: { limits: { windowMessages: 1 } } });
    const { client, server } = await world.open();
    server.handle('say', () => {});
    world.network.latency(5);
    for (let at = 0; at < 5; at += 1) void client.send('say', at);
    await world.clock.settle();
    const report = client[way]();
    await world.clock.advance(500);
    const { handled, notDelivered } = await report;
    assert.equal([handled, notDelivered], [5 - expected, expected]);
    await world.close();
  }
});

closing('tells its states, with how much is unsettled', async () => {
  const { world, client, server } = await open();
  server.handle('say', () => {});
  world.network.latency(10);
  const states = watch(client.state$);
  void client.send('say');
  void client.send('say');
  const report = client.drain();
  await world.clock.advance(200);
  const { cause } = await report;
  assert.equal(states, [
    { status: 'open', epoch: 1, resumed: false },
    { status: 'draining', unsettled: 2 },
    { status: 'draining', unsettled: 2 },
    { status: 'draining', unsettled: 0 },
    { status: 'closed', cause },
  ]);
  await world.close();
});

closing('may be asked for many times, and reports the same end', async () => {
  const { world, client } = await open();
  const reports = [client.close({ code: 1 }), client.drain(), client.close()];
  await world.clock.settle();
  for (const report of reports)
    assert.equal((await report).cause, { kind: 'closed', by: 'local', code: 1, reason: '' });
  assert.equal((await client.close()).cause, { kind: 'closed', by: 'local', code: 1, reason: '' });
  await world.close();
});

for (const [title, options] of [
  ['a code below 0', { code: -1 }],
  ['a code of 2^32', { code: 2 ** 32 }],
  ['a code that is no integer', { code: 0.5 }],
  ['a timeout below 0', { timeout: -1 }],
  ['a timeout that is no number', { timeout: NaN }],
] as const) {
  closing(`with a mistake changes nothing: ${title}`, async () => {
    const { world, client } = await open();
    assert.throws(
      () => client.close(options),
      (error: HeartwireError) => error.code === 'ERR_HW_OPTION',
    );
    assert.is(client.state$.value.status, 'open');
    await world.close();
  });
}

closing('takes codes up to 2^32 - 1, and cuts reasons of more than 255 bytes between characters', async () => {
  const { world, client, server } = await open();
  const report = client.close({ code: 2 ** 32 - 1, reason: 'ä'.repeat(200) });
  await world.clock.settle();
  await report;
  assert.equal(await server.closed, { kind: 'closed', by: 'peer', code: 2 ** 32 - 1, reason: 'ä'.repeat(127) });
  await world.close();
});

closing('by leaving a block drains', async () => {
  const { world, client, server } = await open();
  server.handle('say', () => {});
  const delivery = client.send('say');
  const disposed = client[Symbol.asyncDispose]();
  await world.clock.settle();
  await disposed;
  assert.is((await delivery).stage, 'handled');
  assert.is(client.state$.value.status, 'closed');
  await world.close();
});

closing('ends every stream, and each still gives its last value', async () => {
  const { world, client } = await open();
  const ended: string[] = [];
  client.state$.subscribe({ complete: () => ended.push('state$') });
  client.connection$.subscribe({ complete: () => ended.push('connection$') });
  client.liveness$.subscribe({ complete: () => ended.push('liveness$') });
  client.events$.subscribe({ complete: () => ended.push('events$') });
  client.messages$.subscribe({ complete: () => ended.push('messages$') });
  const report = client.close();
  await world.clock.settle();
  const { cause } = await report;
  assert.equal(ended.sort(), ['connection$', 'events$', 'liveness$', 'messages$', 'state$']);
  assert.equal(watch(client.state$), [{ status: 'closed', cause }]);
  assert.equal(watch(client.connection$), [{ phase: 'closed', cause, epoch: 1 }]);
  assert.is(watch(client.liveness$)[0]?.status, 'alive');
  await world.close();
});

// What was sent between the last state and the report was counted as open when the end began.
closing('reports nothing of what is sent to a session that is over', async () => {
  const { world, client, server } = await open();
  const earlier = client.drain();
  const later: (typeof earlier)[] = [];
  client.state$.subscribe(({ status }) => {
    if (status !== 'closed') return;
    later.push(client.drain());
    client.send('say').catch(() => {});
  });
  server.destroy();
  await world.clock.advance(100);
  assert.is((await earlier).notDelivered, 0);
  assert.is((await later[0]!).notDelivered, 0);
  await world.close();
});
closing.run();
