import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Announcement } from '../../../../packages/core/src/connection/handshake.ts';
import { HeartwireError } from '../../../../packages/core/src/errors/heartwire-error.ts';
import type { IncomingMessage } from '../../../../packages/core/src/session/incoming-message.ts';
import { Receiver } from '../../../../packages/core/src/session/receiver.ts';
import { FrameType } from '../../../../packages/core/src/wire/frame-type.ts';
import type { MessageFrame, RefusalFrame, ReplyFrame } from '../../../../packages/core/src/wire/frame.ts';
import { Inbox } from '../../../../packages/core/src/session/inbox.ts';

const LIMITS: Announcement = {
  frameMaxBytes: 1024,
  messageMaxBytes: 100,
  windowMessages: 4,
  windowBytes: 200,
  maxRequests: 2,
  promiseMs: 15_000,
  wantMs: 15_000,
  floorMs: 1000,
  name: null,
  codec: 'msgpack',
};

function message(sequence: number, fields: Partial<MessageFrame> = {}): MessageFrame {
  return {
    type: FrameType.MESSAGE,
    ack: null,
    sequence,
    more: false,
    expiresMs: null,
    name: 'say',
    payload: new Uint8Array([sequence]),
    ...fields,
  };
}

function request(sequence: number): MessageFrame {
  return message(sequence, { type: FrameType.REQUEST, name: 'ask' });
}

function reply(sequence: number, fields: Partial<ReplyFrame> = {}): ReplyFrame {
  const payload = new Uint8Array([sequence]);
  return { type: FrameType.REPLY, ack: null, sequence, more: false, request: 1, payload, ...fields };
}

function refusal(sequence: number): RefusalFrame {
  return { type: FrameType.REFUSAL, ack: null, sequence, request: 1, code: 'no', data: new Uint8Array(0) };
}

function receiverOf(limits: Partial<Announcement> = {}): Receiver {
  const receiver = new Receiver({ ...LIMITS, ...limits }, new Inbox('refuse'));
  receiver.inbox.addConsumer(null, { concurrency: Infinity });
  return receiver;
}

/** Receives a whole message and puts it into the inbox, as the session does. */
function take(receiver: Receiver, frame: MessageFrame): IncomingMessage {
  const incoming = receiver.receiveMessage(frame, 0)!;
  receiver.inbox.add(incoming);
  return incoming;
}

function isError(code: string): (error: unknown) => boolean {
  return (error) => error instanceof HeartwireError && error.code === code && error.by === 'remote';
}

const sequences = suite('the receiver');

sequences('gives each whole message its id, in order', () => {
  const receiver = receiverOf();
  const first = take(receiver, message(1));
  const second = take(receiver, request(2));
  assert.equal([first.id, first.isRequest, first.name], [1, false, 'say']);
  assert.equal([second.id, second.isRequest, second.name], [2, true, 'ask']);
  assert.is(receiver.acks.received, 2);
  assert.is(receiver.acks.settled, 0);
});

sequences('counts answers among the ids and settles them when they arrive', () => {
  const receiver = receiverOf();
  assert.equal(receiver.receiveReply(reply(1, { request: 70_000 }), 0), {
    request: 70_000,
    payload: new Uint8Array([1]),
  });
  receiver.receiveRefusal(refusal(2), 0);
  assert.is(take(receiver, message(3)).id, 3);
  assert.equal([receiver.acks.received, receiver.acks.settled], [3, 2]);
});

for (const wrong of [0, 2, 65_535]) {
  sequences(`refuses ${wrong} where 1 is the next id, in every kind of frame`, () => {
    assert.throws(() => receiverOf().receiveMessage(message(wrong), 0), isError('ERR_HW_SEQUENCE'));
    assert.throws(() => receiverOf().receiveMessage(request(wrong), 0), isError('ERR_HW_SEQUENCE'));
    assert.throws(() => receiverOf().receiveReply(reply(wrong), 0), isError('ERR_HW_SEQUENCE'));
    assert.throws(() => receiverOf().receiveRefusal(refusal(wrong), 0), isError('ERR_HW_SEQUENCE'));
  });
}

sequences('refuses an id that was taken', () => {
  const receiver = receiverOf();
  take(receiver, message(1));
  assert.throws(() => receiver.receiveMessage(message(1), 0), isError('ERR_HW_SEQUENCE'));
});

sequences('expects 0 after 65,535', () => {
  const receiver = receiverOf();
  for (let id = 1; id <= 65_535; id += 1) receiver.receiveRefusal(refusal(id), 0);
  assert.throws(() => receiver.receiveRefusal(refusal(65_536), 0), isError('ERR_HW_SEQUENCE'));
  assert.is(take(receiver, message(0)).id, 65_536);
  assert.is(take(receiver, message(1)).id, 65_537);
});
sequences.run();

const chunks = suite('the receiver puts chunks together');

chunks('under the name and the one id of the first', () => {
  const receiver = receiverOf();
  assert.is(receiver.receiveMessage(message(1, { more: true, payload: new Uint8Array([1, 2]) }), 0), null);
  assert.is(receiver.acks.received, 0);
  assert.is(receiver.receiveMessage(message(1, { more: true, name: null, payload: new Uint8Array([3]) }), 0), null);
  const whole = receiver.receiveMessage(message(1, { name: null, payload: new Uint8Array([4]) }), 0);
  assert.equal([whole?.id, whole?.name, whole?.payload], [1, 'say', new Uint8Array([1, 2, 3, 4])]);
  assert.is(receiver.acks.received, 1);
});

chunks('of an answer, under the request of the first', () => {
  const receiver = receiverOf();
  assert.is(receiver.receiveReply(reply(1, { more: true, request: 5 }), 0), null);
  assert.is(receiver.acks.received, 0);
  const whole = receiver.receiveReply(reply(1, { request: null }), 0);
  assert.equal(whole, { request: 5, payload: new Uint8Array([1, 1]) });
});

chunks('with another id never', () => {
  const receiver = receiverOf();
  receiver.receiveMessage(message(1, { more: true }), 0);
  assert.throws(() => receiver.receiveMessage(message(2, { name: null }), 0), isError('ERR_HW_SEQUENCE'));
});

chunks('up to its limit and not one byte beyond', () => {
  const receiver = receiverOf();
  receiver.receiveMessage(message(1, { more: true, payload: new Uint8Array(99) }), 0);
  assert.is(receiver.receiveMessage(message(1, { name: null, payload: new Uint8Array(1) }), 0)?.payload.length, 100);
  receiver.receiveMessage(message(2, { more: true, payload: new Uint8Array(99) }), 0);
  const last = message(2, { name: null, payload: new Uint8Array(2) });
  assert.throws(() => receiver.receiveMessage(last, 0), isError('ERR_HW_FRAME_TOO_LARGE'));
});
chunks.run();

const window = suite('the window');

window('takes as many messages as were announced, and not one more', () => {
  const receiver = receiverOf();
  const first = take(receiver, message(1));
  for (let id = 2; id <= 4; id += 1) take(receiver, message(id));
  assert.throws(() => receiver.receiveMessage(message(5), 0), isError('ERR_HW_WINDOW'));
  receiver.settle(first, null);
  take(receiver, message(5));
});

window('takes as many bytes as were announced, and not one more', () => {
  const receiver = receiverOf({ windowMessages: 100 });
  take(receiver, message(1, { payload: new Uint8Array(100) }));
  const second = take(receiver, message(2, { payload: new Uint8Array(100) }));
  receiver.settle(second, null);
  take(receiver, message(3, { payload: new Uint8Array(99) }));
  assert.throws(() => receiver.receiveMessage(message(4, { payload: new Uint8Array(2) }), 0), isError('ERR_HW_WINDOW'));
});

window('counts a message that is here in part, chunk by chunk, until its connection is lost', () => {
  const receiver = receiverOf({ windowMessages: 100 });
  take(receiver, message(1, { payload: new Uint8Array(100) }));
  take(receiver, message(2, { payload: new Uint8Array(50) }));
  for (let round = 0; round < 3; round += 1) {
    assert.is(receiver.receiveMessage(message(3, { payload: new Uint8Array(30), more: true }), 0), null);
    assert.is(receiver.receiveMessage(message(3, { payload: new Uint8Array(20), more: true, name: null }), 0), null);
    receiver.restart();
  }
  receiver.receiveMessage(message(3, { payload: new Uint8Array(50), more: true }), 0);
  const tooMuch = message(3, { payload: new Uint8Array(1), more: true, name: null });
  assert.throws(() => receiver.receiveMessage(tooMuch, 0), isError('ERR_HW_WINDOW'));
});

window('takes as many requests as were announced, and not one more', () => {
  const receiver = receiverOf();
  const first = take(receiver, request(1));
  take(receiver, request(2));
  take(receiver, message(3));
  assert.throws(() => receiver.receiveMessage(request(4), 0), isError('ERR_HW_WINDOW'));
  receiver.settle(first, null);
  take(receiver, request(4));
});

window('is full for the first chunk already', () => {
  const receiver = receiverOf({ windowMessages: 1 });
  take(receiver, message(1));
  assert.throws(() => receiver.receiveMessage(message(2, { more: true }), 0), isError('ERR_HW_WINDOW'));
});

window('does not count answers', () => {
  const receiver = receiverOf({ windowMessages: 1, windowBytes: 100 });
  take(receiver, message(1, { payload: new Uint8Array(100) }));
  assert.ok(receiver.receiveReply(reply(2, { payload: new Uint8Array(100) }), 0));
  receiver.receiveRefusal(refusal(3), 0);
});

window('is free again for what was refused before the application saw it', () => {
  const receiver = receiverOf({ windowMessages: 1 });
  for (let id = 1; id <= 3; id += 1) {
    const incoming = receiver.receiveMessage(request(id), 0)!;
    receiver.refuse(incoming, { id, code: 'ERR_HW_SESSION_CLOSED', data: new Uint8Array(0) });
    assert.ok(incoming.isSettled);
  }
  assert.is(receiver.inbox.unanswered, 0);
  assert.is(receiver.acks.settled, 3);
  assert.is(receiver.acks.takeDetailed(0, 1024).detail.refusals.length, 3);
});
window.run();

const settling = suite('settling');

settling('frees the lane and tells the peer', () => {
  const receiver = new Receiver(LIMITS, new Inbox('refuse'));
  receiver.inbox.addConsumer('say', {});
  const first = take(receiver, message(1));
  const second = take(receiver, message(2));
  assert.equal(receiver.inbox.takeReady(), [first]);
  receiver.settle(first, { id: 1, code: 'no', data: new Uint8Array(0) });
  assert.ok(first.isSettled);
  assert.equal(receiver.inbox.takeReady(), [second]);
  assert.ok(receiver.acks.hasDetail);
  assert.is(receiver.acks.settled, 1);
});
settling(
  'of what waits leaves the queue, and lets go of what it carried where its deadline may be kept for long',
  () => {
    const receiver = new Receiver(LIMITS, new Inbox('refuse'));
    receiver.inbox.addConsumer('say', {});
    receiver.originMs = 1000;
    const running = take(receiver, message(1));
    const expiring = take(receiver, message(2, { expiresMs: 2 ** 53 - 1 }));
    assert.equal([running.expiresAtMs, expiring.expiresAtMs], [Infinity, 2 ** 53 - 1 + 1000]);
    receiver.settle(expiring, { id: 2, code: 'ERR_HW_EXPIRED', data: new Uint8Array(0) });
    assert.is(expiring.payload.length, 0);
    receiver.inbox.takeReady();
    assert.ok(receiver.inbox.isEmpty);
    receiver.settle(running, null);
    assert.equal(receiver.inbox.takeReady(), []);
    assert.is(receiver.acks.settled, 2);
  },
);

settling('a message that was cut into chunks has the time of its first one', () => {
  const receiver = receiverOf();
  receiver.originMs = 50;
  receiver.receiveMessage(message(1, { more: true, expiresMs: 100 }), 60);
  assert.is(receiver.receiveMessage(message(1, { name: null }), 200)!.expiresAtMs, 150);
  assert.is(receiver.receiveMessage(message(2), 200)!.expiresAtMs, Infinity);
});
settling.run();
