import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { VolatileInbox, type IncomingVolatile } from '../../../../packages/core/src/session/volatile-inbox.ts';

/** An inbox whose values are numbers of one byte, with the key of each. */
class Rig {
  readonly inbox: VolatileInbox;
  readonly running = new Map<string, IncomingVolatile>();

  constructor(maxKeys = 10) {
    this.inbox = new VolatileInbox(maxKeys);
  }

  add(key: string, value: number, name = 'at'): boolean {
    return this.inbox.add(name, key, Uint8Array.of(value));
  }

  /** The values that start now. */
  start(): number[] {
    return this.inbox.takeReady().map((value) => {
      const [number = -1] = value.payload;
      this.running.set(String(number), value);
      return number;
    });
  }

  finish(value: number): this {
    this.inbox.finish(this.running.get(String(value))!);
    return this;
  }
}

const inboxes = suite('the inbox of volatile values');

inboxes('starts the newest of several values that came together', () => {
  const rig = new Rig();
  for (const value of [1, 2, 3]) rig.add('a', value);
  assert.equal(rig.start(), [3]);
  assert.equal(rig.start(), []);
  assert.ok(rig.inbox.isEmpty);
});

inboxes('lets one value of a key run at a time and one wait, the newest', () => {
  const rig = new Rig();
  rig.add('a', 1);
  assert.equal(rig.start(), [1]);
  for (const value of [2, 3, 4]) rig.add('a', value);
  assert.equal(rig.start(), []);
  assert.not.ok(rig.inbox.isEmpty);
  assert.equal(rig.finish(1).start(), [4]);
  assert.equal(rig.finish(4).start(), []);
});

inboxes('lets keys and types run beside each other', () => {
  const rig = new Rig();
  rig.add('a', 1);
  rig.add('b', 2);
  rig.add('a', 3, 'looks');
  assert.equal(rig.start(), [1, 2, 3]);
});

inboxes('hears the end of a value once', () => {
  const rig = new Rig();
  rig.add('a', 1);
  rig.start();
  rig.add('a', 2);
  rig.finish(1).start();
  rig.add('a', 3);
  rig.finish(1);
  assert.equal(rig.start(), [], 'value 2 still runs');
  assert.equal(rig.finish(2).start(), [3]);
});

inboxes('keeps bytes of its own', () => {
  const rig = new Rig();
  const bytes = Uint8Array.of(1);
  rig.inbox.add('at', 'a', bytes);
  bytes[0] = 99;
  assert.equal(rig.start(), [1]);
});
inboxes.run();

const limits = suite('its limit');

limits('drops the oldest value that waits', () => {
  const rig = new Rig(2);
  assert.not.ok(rig.add('a', 1));
  assert.not.ok(rig.add('b', 2));
  assert.not.ok(rig.add('a', 3));
  assert.ok(rig.add('c', 4));
  assert.equal(rig.start(), [3, 4]);
});

limits('bounds the handlers that run; the next value starts when one has finished', () => {
  const rig = new Rig(2);
  for (const [key, value] of [
    ['a', 1],
    ['b', 2],
  ] as const)
    rig.add(key, value);
  assert.equal(rig.start(), [1, 2]);
  rig.add('c', 3);
  rig.add('a', 4);
  assert.equal(rig.start(), []);
  assert.ok(rig.add('d', 5), 'two wait already, and the oldest of them goes: 3');
  assert.equal(rig.finish(2).start(), [5]);
  assert.equal(rig.finish(1).start(), [4]);
});

limits('holds for what waits behind handlers, too', () => {
  const rig = new Rig(3);
  for (const key of ['a', 'b', 'c']) rig.add(key, 1);
  assert.is(rig.start().length, 3);
  let drops = 0;
  for (let at = 0; at < 1000; at += 1) drops += rig.add(`key ${at}`, 2) ? 1 : 0;
  for (const key of ['a', 'b', 'c']) drops += rig.add(key, 3) ? 1 : 0;
  assert.is(drops, 1000);
});

limits('counts for nothing after the end: what waits is forgotten', () => {
  const rig = new Rig();
  rig.add('a', 1);
  rig.start();
  rig.add('a', 2);
  rig.add('b', 3);
  rig.inbox.clear();
  assert.ok(rig.inbox.isEmpty);
  assert.equal(rig.finish(1).start(), []);
});
limits.run();
