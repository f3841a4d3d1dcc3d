/** Volatile values and those who take them, through the consumers of a session. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Refusal, type HandlerContext, type Message } from '@heartwire/core';
import { Consumers } from '../../../../packages/core/src/runtime/consumers.ts';
import { encodePayload } from '../../../../packages/core/src/runtime/payload.ts';
import type { AnySession } from '../../../../packages/core/src/runtime/session-api.ts';
import { Inbox } from '../../../../packages/core/src/session/inbox.ts';
import { VolatileInbox } from '../../../../packages/core/src/session/volatile-inbox.ts';
import { StateSource } from '../../../../packages/core/src/state-stream.ts';
import { msgpackCodec } from '../../../../packages/core/src/wire/msgpack-codec.ts';

class Rig {
  readonly inbox = new VolatileInbox(10);
  readonly failures: string[] = [];
  readonly drops: string[] = [];
  readonly consumers = new Consumers({
    session: { id: 's1', state$: new StateSource({ status: 'open' }).stream } as unknown as AnySession,
    inbox: new Inbox('refuse'),
    codec: msgpackCodec,
    clock: { now: () => 0, epochOffset: 0, schedule: () => () => {} },
    begin: () => true,
    settle: () => assert.unreachable('nothing is settled'),
    handlerFailed: (type, error) => this.failures.push(`${type}: ${(error as Error).message}`),
    finishVolatile: (value) => {
      this.inbox.finish(value);
      this.startReady();
    },
    volatileDropped: (reason) => this.drops.push(reason),
  });

  receive(data: unknown, key = '', name = 'at'): this {
    return this.receiveBytes(encodePayload(msgpackCodec, data), key, name);
  }

  receiveBytes(payload: Uint8Array, key = '', name = 'at'): this {
    this.inbox.add(name, key, payload);
    this.startReady();
    return this;
  }

  startReady(): void {
    for (const value of this.inbox.takeReady()) this.consumers.startVolatile(value);
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const handlers = suite('a handler');

handlers('gets volatile values, and knows them by their message', () => {
  const rig = new Rig();
  const seen: [unknown, Message, string][] = [];
  rig.consumers.handle(
    'at',
    (data, { message, idempotencyKey }) => void seen.push([data, message, idempotencyKey]),
    {},
  );
  rig.receive([1, 2]).receive(undefined);
  assert.equal(seen, [
    [[1, 2], { type: 'at', id: 0, data: [1, 2], volatile: true }, ''],
    [undefined, { type: 'at', id: 0, data: undefined, volatile: true }, ''],
  ]);
});

handlers('that runs gets the newest of what came meanwhile, when it has finished', async () => {
  const rig = new Rig();
  const seen: unknown[] = [];
  const finish: (() => void)[] = [];
  const handler = (data: unknown): Promise<void> => {
    seen.push(data);
    return new Promise((resolve) => finish.push(resolve));
  };
  rig.consumers.handle('at', handler, { concurrency: 5 });
  for (const data of [1, 2, 3]) rig.receive(data);
  rig.receive(10, 'other');
  assert.equal(seen, [1, 10], 'one of a key at a time, whatever the concurrency; keys beside each other');
  finish[0]!();
  await turn();
  assert.equal(seen, [1, 10, 3]);
});

handlers('that fails is told of, and gets the next value all the same', async () => {
  const rig = new Rig();
  rig.consumers.handle(
    'at',
    (data) => {
      if (data === 1) throw new Error('thrown');
      if (data === 2) return Promise.reject(new Error('rejected'));
      throw new Refusal('no', 'refused');
    },
    {},
  );
  for (const data of [1, 2, 3]) {
    rig.receive(data);
    await turn();
  }
  assert.equal(rig.failures, ['at: thrown', 'at: rejected', 'at: refused']);
  assert.ok(rig.inbox.isEmpty);
});

handlers('that runs has its signal aborted at the end', () => {
  const rig = new Rig();
  let context: HandlerContext | undefined;
  let signal: AbortSignal | undefined;
  rig.consumers.handle('at', (_, given) => ((context = given), (signal = given.signal), new Promise(() => {})), {});
  rig.receive(1);
  assert.not.ok(signal!.aborted);
  rig.consumers.end();
  assert.ok(context!.signal.aborted);
});

handlers('that has finished keeps no signal', async () => {
  const rig = new Rig();
  let signal: AbortSignal | undefined;
  rig.consumers.handle('at', async (_, context) => void (signal = context.signal), {});
  rig.receive(1);
  await turn();
  rig.consumers.end();
  assert.not.ok(signal!.aborted);
});
handlers.run();

const others = suite('a volatile value');

others('is shown to the taps before its handler has it', () => {
  const rig = new Rig();
  const log: string[] = [];
  rig.consumers.messages$.subscribe(({ type, id, data, volatile }) =>
    log.push(`tap ${type} ${id} ${String(data)} ${volatile}`),
  );
  rig.consumers.handle('at', (data) => void log.push(`handler ${String(data)}`), {});
  rig.receive(5);
  assert.equal(log, ['tap at 0 5 true', 'handler 5']);
});

others('is shown to the taps without a consumer, too, and is gone', () => {
  const rig = new Rig();
  const seen: unknown[] = [];
  rig.consumers.messages$.subscribe(({ data }) => seen.push(data));
  rig.receive(1).receive(2);
  assert.equal(seen, [1, 2]);
  assert.equal(rig.drops, []);
  rig.consumers.handle('at', () => assert.unreachable(), {});
  rig.startReady();
});

others('is dropped when nobody handles or watches it', () => {
  const rig = new Rig();
  rig.receive(1).receive(2);
  assert.equal(rig.drops, ['no-consumer', 'no-consumer']);
});

others('is dropped when it cannot be decoded; no handler and no tap sees it', () => {
  const rig = new Rig();
  rig.consumers.messages$.subscribe(() => assert.unreachable());
  rig.consumers.handle('at', () => assert.unreachable(), {});
  rig.receiveBytes(Uint8Array.of(0xc1)).receiveBytes(Uint8Array.of(0xc1));
  assert.equal(rig.drops, ['unreadable', 'unreadable']);
});
others.run();

const iterators = suite('a loop');

iterators('gets volatile values, and what it says of them means nothing', async () => {
  const rig = new Rig();
  const loop = rig.consumers.iterate('at', undefined);
  rig.receive(1);
  const { value } = await loop.next();
  assert.equal([value?.type, value?.id, value?.data, value?.volatile], ['at', 0, 1, true]);
  value?.accept();
  value?.refuse('no');
  rig.receive(2);
  assert.is((await loop.next()).value?.data, 2);
});

iterators('that is slow has two values of a key at most before it, and gets the newest last', async () => {
  const rig = new Rig();
  const loop = rig.consumers.iterate(null, undefined);
  for (let data = 1; data <= 100; data += 1) rig.receive(data);
  const next = loop.next();
  assert.is((await next).value?.data, 1);
  assert.is((await loop.next()).value?.data, 100);
  rig.receive('later');
  assert.is((await loop.next()).value?.data, 'later', 'nothing else was kept');
});

iterators('that is left keeps nothing from the next consumer', async () => {
  const rig = new Rig();
  const loop = rig.consumers.iterate('at', undefined);
  rig.receive(1).receive(2);
  await loop.return?.();
  const seen: unknown[] = [];
  rig.consumers.handle('at', (data) => void seen.push(data), {});
  rig.receive(3);
  assert.equal(seen, [3]);
});
iterators.run();
