import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Inbox } from '../../../../packages/core/src/session/inbox.ts';
import { IncomingMessage } from '../../../../packages/core/src/session/incoming-message.ts';

/** An inbox that is fed by name, with what it has started and nobody has finished. */
class Desk {
  readonly inbox: Inbox;
  readonly #running = new Map<string, IncomingMessage>();
  #lastId = 0;

  constructor(unhandled: 'refuse' | 'hold' = 'refuse') {
    this.inbox = new Inbox(unhandled);
  }

  /** Messages by name; a name that ends in '?' is a request. What is started has the name and its id: 'a1'. */
  add(...names: string[]): this {
    for (const name of names) {
      this.#lastId += 1;
      const isRequest = name.endsWith('?');
      this.inbox.add(new IncomingMessage('session', this.#lastId, isRequest, name, new Uint8Array([this.#lastId])));
    }
    return this;
  }

  /** What may start now, in order. */
  started(): string[] {
    return this.inbox.takeReady().map((message) => {
      const key = `${message.name}${message.id}`;
      this.#running.set(key, message);
      return key;
    });
  }

  /** Ends one that was started; returns what may start now. */
  finish(key: string): string[] {
    const message = this.#running.get(key)!;
    this.#running.delete(key);
    this.inbox.finish(message);
    return this.started();
  }
}

const messages = suite('messages');

messages('go one at a time, in order, across their types', () => {
  const desk = new Desk();
  desk.inbox.addConsumer('a', {});
  desk.inbox.addConsumer('b', {});
  desk.add('a', 'b', 'a');
  assert.equal(desk.started(), ['a1']);
  assert.equal(desk.started(), []);
  assert.equal(desk.finish('a1'), ['b2']);
  assert.equal(desk.finish('b2'), ['a3']);
  assert.equal(desk.finish('a3'), []);
  desk.add('b');
  assert.equal(desk.started(), ['b4']);
});

messages('of a type with a concurrency of 1 keep their place among the others', () => {
  const desk = new Desk();
  desk.inbox.addConsumer('a', { concurrency: 1 });
  desk.inbox.addConsumer('b', {});
  desk.add('a', 'b');
  assert.equal(desk.started(), ['a1']);
  assert.equal(desk.finish('a1'), ['b2']);
});

messages('of a type with more concurrency have a lane of their own', () => {
  const desk = new Desk();
  desk.inbox.addConsumer('a', { concurrency: 2 });
  desk.inbox.addConsumer('b', {});
  desk.add('b', 'a', 'a', 'a', 'a', 'b');
  assert.equal(desk.started(), ['b1', 'a2', 'a3']);
  assert.equal(desk.finish('a3'), ['a4']);
  assert.equal(desk.finish('a2'), ['a5']);
  assert.equal(desk.finish('b1'), ['b6']);
});

messages('of a type without a limit all start at once', () => {
  const desk = new Desk();
  desk.inbox.addConsumer(null, { concurrency: Infinity });
  desk.add('a', 'b', 'a', 'c');
  assert.equal(desk.started(), ['a1', 'b2', 'a3', 'c4']);
  assert.equal(desk.finish('b2'), []);
});

messages('that have to wait hold their own bytes', () => {
  const desk = new Desk();
  desk.inbox.addConsumer('a', {});
  const read = new Uint8Array([1, 2]);
  const first = new IncomingMessage('session', 1, false, 'a', read.subarray(0, 1));
  const second = new IncomingMessage('session', 2, false, 'a', read.subarray(1, 2));
  desk.inbox.add(first);
  desk.inbox.add(second);
  assert.is(first.payload.buffer, read.buffer, 'no copy is made of what can start at once');
  read.fill(9);
  assert.equal([...second.payload], [2]);
});
messages.run();

const requests = suite('requests');

requests('run beside messages, 16 of a type at once', () => {
  const desk = new Desk();
  desk.inbox.addConsumer('m', {});
  desk.inbox.addConsumer('q?', {});
  desk.inbox.addConsumer('r?', {});
  desk.add('m', ...Array<string>(17).fill('q?'), 'r?', 'm');
  const started = desk.started();
  assert.equal(started, ['m1', ...Array.from({ length: 16 }, (_, at) => `q?${at + 2}`), 'r?19']);
  assert.equal(desk.finish('q?5'), ['q?18']);
  assert.equal(desk.finish('m1'), ['m20']);
});

requests('of a type with a concurrency of its own keep to it, also of 1', () => {
  const desk = new Desk();
  desk.inbox.addConsumer('q?', { concurrency: 1 });
  desk.inbox.addConsumer('m', {});
  desk.add('q?', 'q?', 'm');
  assert.equal(desk.started(), ['q?1', 'm3']);
  assert.equal(desk.finish('m3'), []);
  assert.equal(desk.finish('q?1'), ['q?2']);
});

requests('are unanswered until they are finished, whether somebody handles them or not', () => {
  const desk = new Desk();
  desk.inbox.addConsumer('q?', {});
  desk.add('q?', 'm', 'x?');
  assert.is(desk.inbox.unanswered, 2);
  assert.equal(desk.started(), ['q?1', 'm2', 'x?3']);
  desk.finish('m2');
  assert.is(desk.inbox.unanswered, 2);
  desk.finish('x?3');
  desk.finish('q?1');
  assert.is(desk.inbox.unanswered, 0);
});
requests.run();

const unconsumed = suite('what nobody consumes');

unconsumed('is ready at once, to be refused, and holds nobody up', () => {
  const desk = new Desk('refuse');
  desk.inbox.addConsumer('a', {});
  desk.add('a', 'x', 'x', 'a');
  assert.equal(desk.started(), ['a1', 'x2', 'x3']);
  assert.equal(desk.finish('x2'), []);
  assert.equal(desk.finish('a1'), ['a4']);
});

unconsumed('is held, where that is wanted, and starts in order when its consumer comes', () => {
  const desk = new Desk('hold');
  desk.add('a', 'b', 'a', 'q?');
  assert.equal(desk.started(), []);
  assert.not.ok(desk.inbox.isEmpty);
  desk.inbox.addConsumer('a', {});
  assert.equal(desk.started(), ['a1']);
  assert.equal(desk.finish('a1'), ['a3']);
  desk.inbox.addConsumer(null, {});
  assert.equal(desk.started(), ['q?4']);
  assert.equal(desk.finish('a3'), ['b2']);
});

unconsumed('goes to the one consumer of everything else, and only that', () => {
  const desk = new Desk();
  desk.inbox.addConsumer('a', {});
  desk.inbox.addConsumer(null, { concurrency: Infinity });
  assert.equal(
    [desk.inbox.hasConsumer('a'), desk.inbox.hasConsumer('b'), desk.inbox.hasConsumer(null)],
    [true, false, true],
  );
  desk.add('a', 'a', 'b', 'b');
  assert.equal(desk.started(), ['a1', 'b3', 'b4']);
});
unconsumed.run();

const leaving = suite('when a consumer leaves');

leaving('what was waiting for it goes on when its turn comes, to be refused', () => {
  const desk = new Desk();
  desk.inbox.addConsumer('a', { concurrency: 2 });
  desk.add('a', 'a', 'a', 'a');
  assert.equal(desk.started(), ['a1', 'a2']);
  desk.inbox.removeConsumer('a');
  assert.not.ok(desk.inbox.hasConsumer('a'));
  assert.not.ok(desk.inbox.isEmpty);
  assert.equal(desk.finish('a1'), ['a3']);
  assert.equal(desk.finish('a2'), ['a4']);
  assert.ok(desk.inbox.isEmpty);
});

leaving('what comes later is nobody’s', () => {
  const desk = new Desk('hold');
  desk.inbox.addConsumer('a', {});
  desk.inbox.addConsumer(null, {});
  desk.inbox.removeConsumer('a');
  desk.inbox.removeConsumer(null);
  desk.add('a', 'b');
  assert.equal(desk.started(), []);
});

// The lane went away with its consumer: those who waited in it were forgotten, and a new consumer ran beside the old one's.
leaving('its successor takes over the lane, with its own concurrency', () => {
  const desk = new Desk();
  desk.inbox.addConsumer('q?', { concurrency: 2 });
  desk.add('q?', 'q?', 'q?', 'q?');
  assert.equal(desk.started(), ['q?1', 'q?2']);
  desk.inbox.removeConsumer('q?');
  desk.inbox.addConsumer('q?', { concurrency: 3 });
  desk.add('q?');
  assert.equal(desk.started(), ['q?5']);
  assert.equal(desk.finish('q?1'), ['q?3']);
  assert.equal(desk.finish('q?2'), ['q?4']);
});

leaving('the concurrency of an iterator does not stay behind for a handler', () => {
  const desk = new Desk();
  desk.inbox.addConsumer(null, { concurrency: Infinity });
  desk.add('a');
  desk.started();
  desk.inbox.removeConsumer(null);
  desk.inbox.addConsumer('a', { concurrency: 2 });
  desk.add('a', 'a', 'a');
  assert.equal(desk.started(), ['a2', 'a3']);
});
leaving.run();

const ending = suite('the inbox is empty');

ending('when nothing waits to be started, whatever runs', () => {
  const desk = new Desk();
  desk.inbox.addConsumer('a', {});
  desk.inbox.addConsumer('q?', { concurrency: 1 });
  assert.ok(desk.inbox.isEmpty);
  desk.add('a', 'a', 'q?', 'q?');
  assert.not.ok(desk.inbox.isEmpty);
  desk.started();
  assert.not.ok(desk.inbox.isEmpty);
  desk.finish('a1');
  assert.not.ok(desk.inbox.isEmpty, 'a request waits in a lane of its own');
  desk.finish('q?3');
  assert.ok(desk.inbox.isEmpty);
});

ending('after it was cleared, and nothing of it starts any more', () => {
  const desk = new Desk('hold');
  desk.inbox.addConsumer('a', {});
  desk.inbox.addConsumer('q?', { concurrency: 1 });
  desk.add('a', 'a', 'q?', 'q?', 'x');
  assert.equal(desk.started(), ['a1', 'q?3']);
  desk.inbox.clear();
  assert.ok(desk.inbox.isEmpty);
  assert.equal(desk.finish('a1'), []);
  assert.equal(desk.finish('q?3'), []);
});
ending.run();
