import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DeliveryError } from '../../../../packages/core/src/errors/delivery-error.ts';
import { TrackedMessage, type DeliveryState, type Receipt } from '../../../../packages/core/src/runtime/delivery.ts';
import { encodePayload } from '../../../../packages/core/src/runtime/payload.ts';
import { msgpackCodec } from '../../../../packages/core/src/wire/msgpack-codec.ts';

const NO_DATA = new Uint8Array(0);

function track(kind: 'message' | 'request' = 'message', confirm: 'handled' | 'delivered' = 'handled'): TrackedMessage {
  return new TrackedMessage(kind, 'say', NO_DATA, confirm, msgpackCodec, 100);
}

/** The message goes to `stage`, and that is told. */
function move(message: TrackedMessage, stage: TrackedMessage['stage'], nowMs: number): boolean {
  message.stage = stage;
  if (stage === 'sent') message.attempts += 1;
  return message.tell(nowMs);
}

function fail(message: TrackedMessage, nowMs = 150): DeliveryError {
  const error = new DeliveryError('ERR_HW_REFUSED', { by: 'remote', outcome: 'refused', lastStage: message.stage });
  message.error = error;
  move(message, 'failed', nowMs);
  return error;
}

/** Everything that a subscriber sees; 'complete' at the end. */
function watch(message: TrackedMessage): (DeliveryState | 'complete')[] {
  const seen: (DeliveryState | 'complete')[] = [];
  message.delivery.state$.subscribe({ next: (state) => seen.push(state), complete: () => seen.push('complete') });
  return seen;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const promises = suite('a delivery');

promises('resolves with its receipt when the message was handled', async () => {
  const message = track();
  message.id = 7;
  move(message, 'sent', 110);
  move(message, 'delivered', 120);
  move(message, 'handled', 140);
  assert.equal(await message.delivery, { id: 7, stage: 'handled', attempts: 1, elapsed: 40, resumed: false });
  assert.is(message.delivery.id, 7);
});

promises('resolves earlier where that is wanted', async () => {
  const message = track('message', 'delivered');
  message.id = 7;
  message.attempts = 3;
  message.isResumed = true;
  move(message, 'delivered', 120);
  assert.equal(await message.delivery, { id: 7, stage: 'delivered', attempts: 3, elapsed: 20, resumed: true });
  fail(message);
  assert.is(((await message.delivery) as Receipt).stage, 'delivered');
  assert.is(message.delivery.state$.value.stage, 'failed');
});

promises('resolves as delivered though one acknowledgement said both', async () => {
  const message = track('message', 'delivered');
  move(message, 'handled', 140);
  assert.is(((await message.delivery) as Receipt).stage, 'delivered');
});

promises('is a plain promise with an id that is known when it is written', () => {
  const message = track();
  assert.instance(message.delivery, Promise);
  assert.is(message.delivery.id, 0);
  message.id = 3;
  move(message, 'sent', 100);
  assert.is(message.delivery.id, 3);
});

promises('of a request resolves with the answer, whatever is confirmed', async () => {
  const message = track('request', 'delivered');
  move(message, 'delivered', 120);
  message.reply = encodePayload(msgpackCodec, { answer: 42 });
  move(message, 'handled', 140);
  assert.equal(await message.delivery, { answer: 42 });
});

promises('of a request without an answer resolves with nothing', async () => {
  const message = track('request');
  message.reply = NO_DATA;
  move(message, 'handled', 140);
  assert.is(await message.delivery, undefined);
});

promises('of a request rejects when the answer cannot be read', async () => {
  const message = track('request');
  message.reply = new Uint8Array([0xc1]);
  move(message, 'handled', 140);
  await message.delivery.then(
    () => assert.unreachable(),
    (error: unknown) => assert.is((error as { code: string }).code, 'ERR_HW_PAYLOAD'),
  );
});

promises('rejects with the error of the outcome', async () => {
  const message = track();
  const error = fail(message);
  await message.delivery.then(
    () => assert.unreachable(),
    (reason: unknown) => assert.is(reason, error),
  );
});

promises('that nobody looks at never becomes an unhandled rejection', async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  fail(track());
  fail(track('request'));
  const unreadable = track('request');
  unreadable.reply = new Uint8Array([0xc1]);
  move(unreadable, 'handled', 140);
  await turn();
  await turn();
  process.off('unhandledRejection', note);
  assert.equal(unhandled, []);
});

promises('tells each step once', () => {
  const message = track();
  assert.not.ok(message.tell(100), 'queued is known from the beginning');
  assert.ok(move(message, 'sent', 110));
  assert.not.ok(message.tell(120));
  assert.ok(move(message, 'handled', 130));
  assert.not.ok(message.tell(140));
});
promises.run();

const states = suite('the states of a delivery');

states('are told as they come, with the time since send()', () => {
  const message = track();
  const seen = watch(message);
  move(message, 'sent', 105);
  move(message, 'delivered', 110);
  move(message, 'handled', 130);
  assert.equal(seen, [
    { stage: 'queued' },
    { stage: 'sent', attempt: 1 },
    { stage: 'delivered', elapsed: 10 },
    { stage: 'handled', elapsed: 30 },
    'complete',
  ]);
});

states('tell each time that it is written', () => {
  const message = track();
  const seen = watch(message);
  assert.ok(move(message, 'sent', 105));
  assert.ok(move(message, 'sent', 200));
  assert.not.ok(message.tell(210));
  assert.equal(seen, [{ stage: 'queued' }, { stage: 'sent', attempt: 1 }, { stage: 'sent', attempt: 2 }]);
});

states('tell delivered before handled, though one acknowledgement said both', () => {
  const message = track();
  const seen = watch(message);
  move(message, 'handled', 130);
  assert.equal(seen, [
    { stage: 'queued' },
    { stage: 'delivered', elapsed: 30 },
    { stage: 'handled', elapsed: 30 },
    'complete',
  ]);
});

states('end with the error', () => {
  const message = track();
  const seen = watch(message);
  const error = fail(message);
  assert.equal(seen.slice(1), [{ stage: 'failed', error }, 'complete']);
});

states('have a value at every time, whether somebody watches or not', () => {
  const message = track();
  const { state$ } = message.delivery;
  assert.equal(state$.value, { stage: 'queued' });
  move(message, 'sent', 105);
  assert.equal(state$.value, { stage: 'sent', attempt: 1 });
  const { value } = state$;
  assert.is(state$.value, value, 'it keeps its identity');
  move(message, 'handled', 130);
  assert.equal(state$.value, { stage: 'handled', elapsed: 30 });
});

states('are given to those who come late: the current one, and after the end the last one', () => {
  const message = track();
  move(message, 'sent', 105);
  const midway = watch(message);
  move(message, 'handled', 130);
  assert.equal(
    midway.map((state) => (state === 'complete' ? state : state.stage)),
    ['sent', 'delivered', 'handled', 'complete'],
  );
  assert.equal(watch(message), [{ stage: 'handled', elapsed: 30 }, 'complete']);
});

states('are told to nobody who has left', () => {
  const message = track();
  const seen: string[] = [];
  const subscription = message.delivery.state$.subscribe(({ stage }) => seen.push(stage));
  subscription.unsubscribe();
  move(message, 'sent', 105);
  assert.equal(seen, ['queued']);
});
states.run();
