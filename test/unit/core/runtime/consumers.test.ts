import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HeartwireError } from '../../../../packages/core/src/errors/heartwire-error.ts';
import { Refusal } from '../../../../packages/core/src/errors/refusal.ts';
import { Consumers, type AnyHandler } from '../../../../packages/core/src/runtime/consumers.ts';
import { encodePayload, decodePayload } from '../../../../packages/core/src/runtime/payload.ts';
import type { AnySession, HandlerContext } from '../../../../packages/core/src/runtime/session-api.ts';
import { Inbox } from '../../../../packages/core/src/session/inbox.ts';
import { IncomingMessage } from '../../../../packages/core/src/session/incoming-message.ts';
import { EXPIRED, type Verdict } from '../../../../packages/core/src/session/verdict.ts';
import type { IncomingVolatile } from '../../../../packages/core/src/session/volatile-inbox.ts';
import { StateSource } from '../../../../packages/core/src/state-stream.ts';
import { msgpackCodec } from '../../../../packages/core/src/wire/msgpack-codec.ts';

const codec = msgpackCodec;

/** Consumers over an inbox; verdicts are written down as `id: handled payload` or `id: code data`. */
class Rig {
  readonly inbox = new Inbox('refuse');
  readonly verdicts: string[] = [];
  readonly failures: [string, unknown][] = [];
  readonly finished: IncomingVolatile[] = [];
  readonly state = new StateSource<{ status: string }>({ status: 'open' });
  readonly consumers = new Consumers({
    session: { id: 'session-1', state$: this.state.stream } as unknown as AnySession,
    inbox: this.inbox,
    codec,
    clock: { now: () => 0, epochOffset: 1000, schedule: () => () => {} },
    begin: (message) => this.#begin(message),
    settle: (message, verdict) => this.#settle(message, verdict),
    handlerFailed: (message, error) => this.failures.push([message, error]),
    finishVolatile: (value) => this.finished.push(value),
    volatileDropped: (reason) => assert.unreachable(reason),
  });
  newest!: IncomingMessage;
  #lastId = 0;

  handle(type: string, handler: AnyHandler, concurrency?: number): Disposable {
    return this.consumers.handle(type, handler, concurrency === undefined ? {} : { concurrency });
  }

  /** A message or, with '?', a request arrives; what may start is started. */
  receive(name: string, data?: unknown): this {
    return this.receiveBytes(name, encodePayload(codec, data));
  }

  receiveBytes(name: string, payload: Uint8Array, expiresAtMs = Infinity): this {
    this.#lastId += 1;
    this.newest = new IncomingMessage('session-1', this.#lastId, name.endsWith('?'), name, payload);
    this.newest.expiresAtMs = expiresAtMs;
    this.inbox.add(this.newest);
    this.startReady();
    return this;
  }

  startReady(): void {
    for (const message of this.inbox.takeReady()) this.consumers.start(message);
  }

  #begin(message: IncomingMessage): boolean {
    const isInTime = message.expiresAtMs > 0;
    if (!isInTime) this.#settle(message, EXPIRED);
    return isInTime;
  }

  #settle(message: IncomingMessage, verdict: Verdict): void {
    const { kind } = verdict;
    const bytes = kind === 'handled' ? verdict.payload : verdict.data;
    const value = bytes === null || bytes.length === 0 ? '' : ` ${JSON.stringify(decodePayload(codec, bytes))}`;
    this.verdicts.push(`${message.id}: ${kind === 'handled' ? 'handled' : verdict.code}${value}`);
    this.inbox.finish(message);
    this.startReady();
  }
}

/** Everything that is due as a microtask has run. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const handlers = suite('a handler');

handlers('gets the data, and the message is handled when it returns', () => {
  const rig = new Rig();
  const seen: unknown[] = [];
  rig.handle('say', (data) => void seen.push(data));
  rig.receive('say', { text: 'hello' }).receive('say');
  assert.equal(seen, [{ text: 'hello' }, undefined]);
  assert.equal(rig.verdicts, ['1: handled', '2: handled']);
});

handlers('that is asynchronous has handled its message when it has finished', async () => {
  const rig = new Rig();
  let finish = (): void => {};
  rig.handle('say', () => new Promise<void>((resolve) => (finish = resolve)));
  rig.receive('say');
  await turn();
  assert.equal(rig.verdicts, []);
  finish();
  await turn();
  assert.equal(rig.verdicts, ['1: handled']);
});

handlers('of a request gives its answer', async () => {
  const rig = new Rig();
  rig.handle('add?', (data) => (data as number) + 1);
  rig.handle('later?', (data) => Promise.resolve([data]));
  rig.handle('nothing?', () => {});
  rig.receive('add?', 41).receive('later?', 'x').receive('nothing?');
  await turn();
  assert.equal(rig.verdicts, ['1: handled 42', '3: handled', '2: handled ["x"]']);
});

handlers('of a message gives no answer, whatever it returns', () => {
  const rig = new Rig();
  rig.handle('say', () => 42);
  rig.receive('say');
  assert.equal(rig.verdicts, ['1: handled']);
});

handlers('of a request whose answer cannot be encoded is refused', () => {
  const rig = new Rig();
  rig.handle('ask?', () => new Date(0));
  rig.receive('ask?');
  assert.equal(rig.verdicts, ['1: ERR_HW_PAYLOAD']);
});

handlers('knows its message, its session and a key that is the message’s own', () => {
  const rig = new Rig();
  const contexts: HandlerContext[] = [];
  rig.handle('say', (_, context) => void contexts.push(context));
  rig.receive('say', 'a').receive('say', 'b');
  assert.equal(contexts[0]!.message, { type: 'say', id: 1, data: 'a' });
  assert.is(contexts[0]!.session.id, 'session-1');
  assert.equal(
    contexts.map(({ idempotencyKey }) => idempotencyKey),
    ['session-1:1', 'session-1:2'],
  );
});

handlers('knows when its message expires, in wall-clock time', () => {
  const rig = new Rig();
  const seen: (number | null)[] = [];
  rig.handle('say', (_, { expiresAt }) => void seen.push(expiresAt));
  rig.receive('say').receiveBytes('say', new Uint8Array(0), 500);
  assert.equal(seen, [null, 1500]);
});

handlers('is not called for what has expired, and neither is a tap', () => {
  const rig = new Rig();
  rig.handle('say', () => assert.unreachable());
  rig.consumers.messages$.subscribe(() => assert.unreachable());
  rig.receiveBytes('say', new Uint8Array(0), 0);
  assert.equal(rig.verdicts, ['1: ERR_HW_EXPIRED']);
});

handlers('is alone for its type until it is disposed of', () => {
  const rig = new Rig();
  const handler = rig.handle('say', () => {});
  assert.throws(() => rig.handle('say', () => {}), isDuplicate);
  assert.throws(() => rig.consumers.iterate('say', undefined), isDuplicate);
  handler[Symbol.dispose]();
  rig.receive('say');
  assert.equal(rig.verdicts, ['1: ERR_HW_NO_HANDLER']);
  rig.handle('say', () => {});
  handler[Symbol.dispose]();
  rig.receive('say');
  assert.equal(rig.verdicts[1], '2: handled', 'disposing twice does not take the successor away');
});

for (const concurrency of [0, -1, NaN, 0.5]) {
  handlers(`is refused with a concurrency of ${concurrency}, and nothing is registered`, () => {
    const rig = new Rig();
    assert.throws(
      () => rig.handle('say', () => {}, concurrency),
      (error: unknown) => error instanceof HeartwireError && error.code === 'ERR_HW_OPTION',
    );
    rig.handle('say', () => {});
  });
}

handlers('runs as many at once as it may', async () => {
  const rig = new Rig();
  const finish: (() => void)[] = [];
  rig.handle('say', () => new Promise<void>((resolve) => finish.push(resolve)), 2);
  rig.receive('say').receive('say').receive('say');
  assert.is(finish.length, 2);
  finish[1]!();
  await turn();
  assert.is(finish.length, 3);
  assert.equal(rig.verdicts, ['2: handled']);
});
handlers.run();

const refusals = suite('a handler that throws');

for (const [title, handler] of [
  [
    'at once',
    () => {
      throw new Refusal('full', 'stays here', { seats: 0 });
    },
  ],
  ['later', () => Promise.reject(new Refusal('full', 'stays here', { seats: 0 }))],
] as const) {
  refusals(`a Refusal ${title} says its code and its data`, async () => {
    const rig = new Rig();
    rig.handle('say', handler);
    rig.handle('ask?', handler);
    rig.receive('say').receive('ask?');
    await turn();
    assert.equal(rig.verdicts, ['1: full {"seats":0}', '2: full {"seats":0}']);
  });
}

for (const [title, thrown] of [
  ['an error', new Error('a secret')],
  ['nothing', undefined],
  ['text', 'a secret'],
  ['a Refusal without a word', new Refusal('')],
  ['a Refusal with too long a word', new Refusal('x'.repeat(65))],
  ['a Refusal with a word of ours', new Refusal('ERR_HW_NO_HANDLER')],
  ['a Refusal that claims that the session was closed', new Refusal('ERR_HW_SESSION_CLOSED')],
] as const) {
  refusals(`${title} says only that it threw`, async () => {
    const rig = new Rig();
    rig.handle('now', () => {
      throw thrown as Error;
    });
    rig.handle('later', async () => {
      await Promise.resolve();
      throw thrown as Error;
    });
    rig.receive('now').receive('later');
    await turn();
    assert.equal(rig.verdicts, ['1: ERR_HW_HANDLER', '2: ERR_HW_HANDLER']);
    const kept = thrown instanceof Refusal ? [] : [thrown, thrown];
    assert.equal(
      rig.failures.map(([, error]) => error),
      kept,
    );
  });
}

refusals('a Refusal may have data of 1 KiB, and loses what is larger or cannot be encoded', () => {
  const rig = new Rig();
  // A binary of 1021 bytes takes three more.
  const data: unknown[] = [new Uint8Array(1021), new Uint8Array(1022), new Date(0), undefined];
  rig.handle('say', (index) => {
    throw new Refusal('x'.repeat(64), undefined, data[index as number]);
  });
  for (const index of data.keys()) rig.receive('say', index);
  assert.equal(
    rig.verdicts.map((verdict) => verdict.length > 200),
    [true, false, false, false],
  );
  assert.ok(rig.verdicts.every((verdict) => verdict.includes('x'.repeat(64))));
});

refusals('lets the next message through', async () => {
  const rig = new Rig();
  rig.handle('say', (data) => {
    if (data === 'bad') throw new Error('bad');
  });
  rig.receive('say', 'bad').receive('say', 'good');
  await turn();
  assert.equal(rig.verdicts, ['1: ERR_HW_HANDLER', '2: handled']);
});
refusals.run();

const nobody = suite('a message that nobody can use');

nobody('is refused for want of a consumer, and no tap sees it', () => {
  const rig = new Rig();
  const seen: unknown[] = [];
  rig.consumers.messages$.subscribe((message) => seen.push(message));
  rig.receive('say').receive('ask?');
  assert.equal(rig.verdicts, ['1: ERR_HW_NO_HANDLER', '2: ERR_HW_NO_HANDLER']);
  assert.equal(seen, []);
});

nobody('is refused when it cannot be decoded, and no handler runs', () => {
  const rig = new Rig();
  let runs = 0;
  rig.handle('say', () => (runs += 1));
  rig.receiveBytes('say', new Uint8Array([0xc1]));
  assert.equal(rig.verdicts, ['1: ERR_HW_PAYLOAD']);
  assert.is(runs, 0);
});

nobody('is a request where only an iterator would take it', () => {
  const rig = new Rig();
  rig.consumers.iterate(null, undefined);
  rig.receive('ask?');
  assert.equal(rig.verdicts, ['1: ERR_HW_NO_HANDLER']);
});
nobody.run();

const taps = suite('a tap');

taps('sees every message as it is dispatched, before its handler', () => {
  const rig = new Rig();
  const seen: string[] = [];
  rig.consumers.messages$.subscribe(({ type, id, data }) => seen.push(`tap ${type} ${id} ${String(data)}`));
  rig.handle('say', (data) => void seen.push(`handler ${String(data)}`));
  rig.handle('ask?', () => 1);
  rig.receive('say', 'a').receive('ask?', 'b');
  assert.equal(seen, ['tap say 1 a', 'handler a', 'tap ask? 2 b']);
});

taps('completes when the session is over', () => {
  const rig = new Rig();
  let isComplete = false;
  rig.consumers.messages$.subscribe({ complete: () => (isComplete = true) });
  rig.consumers.end();
  assert.ok(isComplete);
});
taps.run();

const iterators = suite('an iterator');

iterators('takes one type, and settles by hand', async () => {
  const rig = new Rig();
  const iterator = rig.consumers.iterate('say', undefined);
  rig.receive('say', 'a').receive('say', 'b').receive('other');
  const [first, second] = [await iterator.next(), await iterator.next()];
  assert.equal([first.value.data, second.value.data], ['a', 'b']);
  second.value.accept();
  first.value.refuse('no', { why: 1 });
  assert.equal(rig.verdicts, ['3: ERR_HW_NO_HANDLER', '2: handled', '1: no {"why":1}']);
});

iterators('without a type takes what has no other consumer', async () => {
  const rig = new Rig();
  rig.handle('say', () => {});
  const one = rig.consumers.iterate('shout', undefined);
  const rest = rig.consumers.iterate(null, undefined);
  assert.throws(() => rig.consumers.iterate(null, undefined), isDuplicate);
  rig.receive('say').receive('shout', 's').receive('other', 'o');
  assert.is((await one.next()).value.data, 's');
  assert.is((await rest.next()).value.data, 'o');
  assert.equal(rig.verdicts, ['1: handled']);
});

iterators('that is left is no consumer any more', async () => {
  const rig = new Rig();
  const iterator = rig.consumers.iterate('say', undefined);
  await iterator.return!();
  rig.receive('say');
  assert.equal(rig.verdicts, ['1: ERR_HW_NO_HANDLER']);
});

// Leaving a loop calls return(); a program that also calls it took the next consumer of the type away.
iterators('that is left twice does not take its successor away', async () => {
  const rig = new Rig();
  const first = rig.consumers.iterate('say', undefined);
  await first.return!();
  const second = rig.consumers.iterate('say', undefined);
  await first.return!();
  rig.receive('say', 'a');
  assert.is((await second.next()).value.data, 'a');
});

iterators('are not given what has expired while it waited for them', async () => {
  const rig = new Rig();
  const iterator = rig.consumers.iterate('say', undefined);
  rig.receiveBytes('say', encodePayload(codec, 'late'), 0).receive('say', 'b');
  assert.equal(rig.verdicts, [], 'it is looked at when the loop would take it');
  assert.is((await iterator.next()).value.data, 'b');
  assert.equal(rig.verdicts, ['1: ERR_HW_EXPIRED']);
});

iterators('ends with the session, after what waits', async () => {
  const rig = new Rig();
  const iterator = rig.consumers.iterate('say', undefined);
  rig.receive('say', 'a');
  rig.consumers.end();
  assert.is((await iterator.next()).value.data, 'a');
  assert.ok((await iterator.next()).done);
});
iterators.run();

const signals = suite('the signal of a handler');

/** A handler that never ends, and its context. */
function hanging(rig: Rig): { readonly context: HandlerContext } {
  const held = { context: undefined as unknown as HandlerContext };
  rig.handle('say', (_, context) => {
    held.context = context;
    return new Promise(() => {});
  });
  rig.receive('say');
  return held;
}

signals('is aborted when the session ends first', () => {
  const rig = new Rig();
  const { context } = hanging(rig);
  const { signal } = context;
  assert.is(context.signal, signal);
  assert.not.ok(signal.aborted);
  rig.consumers.end();
  assert.ok(signal.aborted);
  assert.is((signal.reason as HeartwireError).code, 'ERR_HW_SESSION_CLOSED');
});

// A handler that awaits something first and asks for its signal afterwards was never told.
signals('is aborted also when it is asked for only after the end', () => {
  const rig = new Rig();
  const { context } = hanging(rig);
  rig.consumers.end();
  rig.state.set({ status: 'closed' });
  assert.ok(context.signal.aborted);
  assert.is((context.signal.reason as HeartwireError).code, 'ERR_HW_SESSION_CLOSED');
});

for (const isAskedForEarly of [true, false]) {
  signals(`is aborted when the message is withdrawn ${isAskedForEarly ? 'after' : 'before'} it was asked for`, () => {
    for (const code of ['ERR_HW_CANCELLED', 'ERR_HW_EXPIRED'] as const) {
      const rig = new Rig();
      const { context } = hanging(rig);
      if (isAskedForEarly) assert.not.ok(context.signal.aborted);
      rig.newest.withdraw(code);
      assert.ok(context.signal.aborted);
      assert.is((context.signal.reason as HeartwireError).code, code);
    }
  });
}

signals('is not aborted when the handler has finished before', async () => {
  const rig = new Rig();
  let signal: AbortSignal | undefined;
  rig.handle('say', (_, context) => {
    signal = context.signal;
  });
  rig.receive('say');
  await turn();
  rig.consumers.end();
  assert.not.ok(signal!.aborted);
});
signals.run();

function isDuplicate(error: unknown): boolean {
  return error instanceof HeartwireError && error.code === 'ERR_HW_DUPLICATE_CONSUMER' && error.by === 'local';
}
