import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Outbox } from '../../../../packages/core/src/session/outbox.ts';
import { OutgoingMessage, type OutgoingKind } from '../../../../packages/core/src/session/outgoing-message.ts';

function make(kind: OutgoingKind, bytes = 1): OutgoingMessage {
  return new OutgoingMessage(kind, kind, new Uint8Array(bytes), 1);
}

const order = suite('the outbox gives');

order('messages and requests in the order of sending', () => {
  const outbox = new Outbox({ maxMessages: 10, maxBytes: 100 });
  const sent = [make('message'), make('request'), make('message')];
  for (const message of sent) assert.ok(outbox.push(message));
  assert.equal([outbox.shift(), outbox.shift(), outbox.shift()], sent);
  assert.is(outbox.shift(), undefined);
  assert.ok(outbox.isEmpty);
});

order('answers before everything else', () => {
  const outbox = new Outbox({ maxMessages: 10, maxBytes: 100 });
  const [message, reply, refusal] = [make('message'), make('reply'), make('refusal')];
  for (const one of [message, reply, refusal]) outbox.push(one);
  assert.is(outbox.messageCount, 1);
  for (const expected of [reply, refusal, message]) {
    assert.is(outbox.peek(), expected);
    assert.is(outbox.shift(), expected);
  }
});
order.run();

const limits = suite('the outbox takes');

limits('as many messages as its limit, and not one more', () => {
  const outbox = new Outbox({ maxMessages: 3, maxBytes: 1000 });
  for (let count = 0; count < 3; count += 1) assert.ok(outbox.push(make('message')));
  assert.not.ok(outbox.push(make('request')));
  assert.is(outbox.messageCount, 3);
  outbox.shift();
  assert.ok(outbox.push(make('request')));
});

limits('as many bytes as its limit, and not one more', () => {
  const outbox = new Outbox({ maxMessages: 100, maxBytes: 10 });
  assert.ok(outbox.push(make('message', 4)));
  assert.ok(outbox.push(make('message', 6)));
  assert.not.ok(outbox.push(make('message', 1)));
  outbox.shift();
  assert.not.ok(outbox.push(make('message', 5)));
  assert.ok(outbox.push(make('message', 4)));
});

limits('one message that is larger than the limit, when it is empty', () => {
  const outbox = new Outbox({ maxMessages: 1, maxBytes: 10 });
  assert.ok(outbox.push(make('message', 11)));
  assert.not.ok(outbox.push(make('message', 0)));
});

limits('answers without limit', () => {
  const outbox = new Outbox({ maxMessages: 1, maxBytes: 1 });
  outbox.push(make('message'));
  for (let count = 0; count < 50; count += 1) assert.ok(outbox.push(make('reply', 100)));
  assert.is(outbox.messageCount, 1);
});

limits('more with room to spare only while less than half of either limit is taken', () => {
  const byCount = new Outbox({ maxMessages: 4, maxBytes: 1000 });
  byCount.push(make('message'));
  assert.ok(byCount.hasRoom);
  byCount.push(make('message'));
  assert.not.ok(byCount.hasRoom);
  byCount.shift();
  assert.ok(byCount.hasRoom);

  const byBytes = new Outbox({ maxMessages: 1000, maxBytes: 10 });
  byBytes.push(make('message', 4));
  assert.ok(byBytes.hasRoom);
  byBytes.push(make('message', 1));
  assert.not.ok(byBytes.hasRoom);
});
limits.run();

const withdrawing = suite('the outbox gives back');

withdrawing('the messages, and keeps the answers', () => {
  const outbox = new Outbox({ maxMessages: 2, maxBytes: 10 });
  const [message, request, reply] = [make('message', 5), make('request', 5), make('reply')];
  for (const one of [message, request, reply]) outbox.push(one);
  assert.equal(outbox.withdrawMessages(), [message, request]);
  assert.is(outbox.peek(), reply);
  assert.not.ok(outbox.isEmpty);
  assert.ok(outbox.hasRoom);
  assert.ok(outbox.push(make('message', 10)), 'the bytes of what was withdrawn are free again');
});

withdrawing('everything', () => {
  const outbox = new Outbox({ maxMessages: 2, maxBytes: 10 });
  const [message, reply] = [make('message'), make('reply')];
  outbox.push(message);
  outbox.push(reply);
  assert.equal(outbox.withdrawAll(), [reply, message]);
  assert.ok(outbox.isEmpty);
  assert.is(outbox.messageCount, 0);
});
withdrawing.run();
