import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { VolatileOutbox } from '../../../../packages/core/src/session/volatile-outbox.ts';
import { FrameType } from '../../../../packages/core/src/wire/frame-type.ts';
import { FrameWriter } from '../../../../packages/core/src/wire/frame-writer.ts';
import { sentFrames } from '../../../support/sent-frames.ts';

const NO_ACK = (): null => null;

/** Puts `type/key=value`; the values are numbers of one byte. */
function put(outbox: VolatileOutbox, text: string): boolean {
  const [, name = '', key = '', value = ''] = /^(\w+)\/(\w*)=(\d+)$/.exec(text)!;
  return outbox.put({ name, key, payload: Uint8Array.of(Number(value)) });
}

/** Writes, and says what, in the same form. */
function written(outbox: VolatileOutbox, maxBytes = Infinity): string[] {
  const writer = new FrameWriter();
  outbox.write(writer, maxBytes, NO_ACK, 0);
  const bytes = writer.take();
  return (bytes === null ? [] : sentFrames([bytes])).map((frame) => {
    assert.ok(frame.type === FrameType.VOLATILE);
    return `${frame.name}/${frame.key}=${frame.payload[0]}`;
  });
}

const outboxes = suite('the outbox of volatile values');

outboxes('holds one value for each type and key, the newest', () => {
  const outbox = new VolatileOutbox(10);
  for (const text of ['at/1=1', 'at/2=2', 'looks/1=3', 'at/1=4', 'at/=5', 'at/1=6']) put(outbox, text);
  assert.is(outbox.size, 4);
  assert.equal(written(outbox), ['at/1=6', 'at/2=2', 'looks/1=3', 'at/=5']);
  assert.is(outbox.size, 0);
});

outboxes('forgets what was written', () => {
  const outbox = new VolatileOutbox(10);
  put(outbox, 'at/1=1');
  assert.equal(written(outbox), ['at/1=1']);
  assert.equal(written(outbox), []);
  put(outbox, 'at/1=2');
  assert.equal(written(outbox), ['at/1=2']);
});

outboxes('stops at the size of a write, and goes on from there', () => {
  const outbox = new VolatileOutbox(10);
  for (const text of ['at/1=1', 'at/2=2', 'at/3=3']) put(outbox, text);
  assert.equal(written(outbox, 1), ['at/1=1']);
  assert.equal(written(outbox, 0), []);
  assert.equal(written(outbox), ['at/2=2', 'at/3=3']);
});

// Going to the end with each new value, a key that is always renewed would wait for ever behind the others.
outboxes('lets a key keep its turn when its value is renewed', () => {
  const outbox = new VolatileOutbox(10);
  for (const text of ['at/1=1', 'at/2=2', 'at/3=3']) put(outbox, text);
  put(outbox, 'at/1=4');
  assert.equal(written(outbox, 1), ['at/1=4']);
  put(outbox, 'at/1=5');
  assert.equal(written(outbox, 1), ['at/2=2']);
  assert.equal(written(outbox), ['at/3=3', 'at/1=5']);
});

outboxes('drops the oldest value when there are too many keys', () => {
  const outbox = new VolatileOutbox(2);
  assert.not.ok(put(outbox, 'at/1=1'));
  assert.not.ok(put(outbox, 'at/2=2'));
  assert.not.ok(put(outbox, 'at/1=3'));
  assert.ok(put(outbox, 'at/3=4'));
  assert.is(outbox.size, 2);
  assert.equal(written(outbox), ['at/1=3', 'at/3=4']);
});

outboxes('gives the ack block to the first frame', () => {
  const outbox = new VolatileOutbox(2);
  put(outbox, 'at/1=1');
  put(outbox, 'at/2=2');
  const blocks = [{ received: 1, unsettled: 0, delayTicks: 7 }];
  const writer = new FrameWriter();
  outbox.write(writer, Infinity, (nowMs) => (assert.is(nowMs, 42), blocks.pop() ?? null), 42);
  const acks = sentFrames([writer.take()!]).map((frame) => 'ack' in frame && frame.ack?.received);
  assert.equal(acks, [1, undefined]);
});

outboxes('can be forgotten', () => {
  const outbox = new VolatileOutbox(2);
  put(outbox, 'at/1=1');
  outbox.clear();
  assert.is(outbox.size, 0);
  assert.equal(written(outbox), []);
});
outboxes.run();
