import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Announcement } from '../../../../packages/core/src/connection/handshake.ts';
import { HeartwireError } from '../../../../packages/core/src/errors/heartwire-error.ts';
import type { OutboxLimits } from '../../../../packages/core/src/session/outbox.ts';
import { OutgoingMessage, type OutgoingKind } from '../../../../packages/core/src/session/outgoing-message.ts';
import { Sender } from '../../../../packages/core/src/session/sender.ts';
import { FrameReader } from '../../../../packages/core/src/wire/frame-reader.ts';
import { FrameSplitter } from '../../../../packages/core/src/wire/frame-splitter.ts';
import { FrameType } from '../../../../packages/core/src/wire/frame-type.ts';
import { FrameWriter } from '../../../../packages/core/src/wire/frame-writer.ts';
import type {
  AckBlock,
  AckDetail,
  Frame,
  MessageFrame,
  RefusalFrame,
  ReplyFrame,
} from '../../../../packages/core/src/wire/frame.ts';

const PEER: Announcement = {
  frameMaxBytes: 65_536,
  messageMaxBytes: 100_000,
  windowMessages: 4,
  windowBytes: 200_000,
  maxRequests: 2,
  promiseMs: 15_000,
  wantMs: 15_000,
  floorMs: 1000,
  name: null,
  codec: 'msgpack',
};
const NO_DATA = new Uint8Array(0);

/** A sender, the wire behind it, and a peer that acknowledges when it is told to. */
class Rig {
  readonly sender: Sender;
  /** Round trips: when it was sent, how long the peer held it, and when it was acknowledged. */
  readonly measured: [sentAtMs: number, heldMs: number, nowMs: number][] = [];
  readonly #writer = new FrameWriter();
  readonly #reader = new FrameReader();
  readonly #splitter: FrameSplitter;

  constructor(
    peer: Partial<Announcement> = {},
    outbox: OutboxLimits = { maxMessages: 100, maxBytes: 1e6 },
    sendTimeoutMs = Infinity,
  ) {
    this.#splitter = new FrameSplitter(peer.frameMaxBytes ?? PEER.frameMaxBytes);
    const decodeData = (data: Uint8Array): unknown => {
      if (data[0] === 255) throw new Error('unreadable');
      return [...data];
    };
    this.sender = new Sender(outbox, decodeData, sendTimeoutMs);
    this.sender.open({ ...PEER, ...peer });
  }

  send(kind: OutgoingKind = 'message', bytes = 1, request = 0, name = kind as string): OutgoingMessage {
    const message = new OutgoingMessage(kind, name, new Uint8Array(bytes).fill(7), request);
    this.sender.send(message);
    return message;
  }

  /** The frames of one write. A frame that is larger than the peer accepts throws here. */
  write(
    nowMs = 0,
    maxBytes = Infinity,
    ack: () => AckBlock | null = () => null,
  ): (MessageFrame | ReplyFrame | RefusalFrame)[] {
    this.sender.write(this.#writer, maxBytes, ack, nowMs);
    const frames: Frame[] = [];
    this.#splitter.push(this.#writer.take() ?? NO_DATA);
    while (this.#splitter.next()) {
      frames.push(this.#reader.read(this.#splitter.bytes.slice(), this.#splitter.start, this.#splitter.end));
    }
    return frames as (MessageFrame | ReplyFrame | RefusalFrame)[];
  }

  acknowledge(received: number, settled: number, nowMs = 0, delayTicks = 0, detail: AckDetail | null = null): void {
    const ack = { received: received & 0xffff, unsettled: received - settled, delayTicks };
    this.sender.acknowledge(ack, detail, this, nowMs);
  }

  measureRoundTrip(sentAtMs: number, heldMs: number, nowMs: number): void {
    this.measured.push([sentAtMs, heldMs, nowMs]);
  }

  /** Who moved since the last call: kind, id and stage. */
  progress(): string[] {
    return this.sender.takeProgress().map(({ kind, id, stage }) => `${kind} ${id} ${stage}`);
  }
}

function isUnexpected(error: unknown): boolean {
  return error instanceof HeartwireError && error.code === 'ERR_HW_UNEXPECTED_FRAME' && error.by === 'remote';
}

const writing = suite('the sender writes');

writing('nothing before the peer’s limits are known', () => {
  const sender = new Sender({ maxMessages: 10, maxBytes: 10 }, () => null);
  const writer = new FrameWriter();
  sender.send(new OutgoingMessage('message', 'say', NO_DATA));
  sender.write(writer, Infinity, () => null, 0);
  assert.is(writer.take(), null);
  assert.not.ok(sender.isReady);
  assert.not.ok(sender.isIdle);
  sender.open(PEER);
  assert.ok(sender.isReady);
});

writing('messages in order and gives them their ids', () => {
  const rig = new Rig();
  const sent = [rig.send(), rig.send('request'), rig.send()];
  assert.equal(
    rig.write().map((frame) => [frame.type, frame.sequence]),
    [
      [FrameType.MESSAGE, 1],
      [FrameType.REQUEST, 2],
      [FrameType.MESSAGE, 3],
    ],
  );
  assert.equal(
    sent.map(({ id, stage }) => [id, stage]),
    [
      [1, 'sent'],
      [2, 'sent'],
      [3, 'sent'],
    ],
  );
  assert.is(rig.sender.lastId, 3);
  assert.ok(rig.sender.isIdle);
});

writing('answers first, also past a full window', () => {
  const rig = new Rig({ windowMessages: 1 });
  rig.send();
  rig.send();
  rig.send('reply', 1, 70_000);
  rig.send('refusal', 3, 70_001, 'no');
  const [reply, refusal, message, ...rest] = rig.write();
  assert.equal([reply?.type, (reply as ReplyFrame).request, reply?.sequence], [FrameType.REPLY, 70_000, 1]);
  const { request, code, data } = refusal as RefusalFrame;
  assert.equal([refusal?.type, request, code, data.length], [FrameType.REFUSAL, 70_001, 'no', 3]);
  assert.is(message?.type, FrameType.MESSAGE);
  assert.is(rest.length, 0);
  rig.send('reply', 1, 1);
  assert.is(rig.write().length, 1);
});

writing('the ack block on the first frame', () => {
  const rig = new Rig();
  rig.send();
  rig.send();
  const block = { received: 9, unsettled: 1, delayTicks: 2 };
  let left: AckBlock | null = block;
  const frames = rig.write(0, Infinity, () => {
    const ack = left;
    left = null;
    return ack;
  });
  assert.equal(
    frames.map(({ ack }) => ack),
    [block, null],
  );
});

writing('a turn’s worth of bytes at a time', () => {
  const rig = new Rig({ windowMessages: 100 });
  for (let count = 0; count < 30; count += 1) rig.send('message', 1000);
  const first = rig.write(0, 10_000);
  assert.is(first.length, 10);
  assert.ok(rig.sender.isReady);
  assert.is(rig.write(0, 10_000).length, 10);
  assert.is(rig.write(0, Infinity).length, 10);
  assert.not.ok(rig.sender.isReady);
});
writing.run();

const chunks = suite('a large payload');

for (const [bytes, expected] of [
  [16_384, [16_384]],
  [16_385, [16_384, 1]],
  [32_768, [16_384, 16_384]],
  [40_000, [16_384, 16_384, 7232]],
] as const) {
  chunks(`of ${bytes} bytes goes in chunks of ${expected.join(', ')}`, () => {
    const rig = new Rig();
    const message = rig.send('message', bytes);
    const frames = rig.write() as MessageFrame[];
    assert.equal(
      frames.map(({ payload }) => payload.length),
      expected,
    );
    assert.equal(
      frames.map(({ more, sequence, name }) => [more, sequence, name]),
      expected.map((_, at) => [at < expected.length - 1, 1, at === 0 ? 'message' : null]),
    );
    assert.ok(message.isWhollyWritten);
  });
}

chunks('keeps its chunks together, though an answer comes between two writes', () => {
  const rig = new Rig();
  const large = rig.send('request', 40_000);
  rig.send('message');
  assert.is(rig.write(0, 1).length, 1);
  assert.not.ok(large.isWhollyWritten);
  assert.ok(rig.sender.isReady);
  assert.not.ok(rig.sender.isIdle);
  rig.send('reply', 20_000, 1);
  const frames = rig.write();
  assert.equal(
    frames.map(({ type, sequence }) => [type, sequence]),
    [
      [FrameType.REQUEST, 1],
      [FrameType.REQUEST, 1],
      [FrameType.REPLY, 2],
      [FrameType.REPLY, 2],
      [FrameType.MESSAGE, 3],
    ],
  );
});

chunks('fits into the smallest frames that a peer may ask for', () => {
  const rig = new Rig({ frameMaxBytes: 1024 });
  const name = 'n'.repeat(128);
  rig.send('message', 3000, 0, name);
  const block = { received: 65_535, unsettled: 32_768, delayTicks: Number.MAX_SAFE_INTEGER };
  const frames = rig.write(0, Infinity, () => block) as MessageFrame[];
  assert.is(
    frames.reduce((sum, { payload }) => sum + payload.length, 0),
    3000,
  );
});

// A refusal cannot be cut into chunks: one with 1 KiB of data was larger than such a peer's frames, and cost the connection.
chunks('of a refusal is left out where it does not fit into a frame', () => {
  const rig = new Rig({ frameMaxBytes: 1024 });
  rig.send('refusal', 1024, 1, 'c'.repeat(64));
  rig.send('refusal', 100, 1, 'no');
  assert.equal(
    rig.write().map((frame) => (frame as RefusalFrame).data.length),
    [0, 100],
  );
});
chunks.run();

const window = suite('the peer’s window');

window('is filled with as many messages as it takes, and not one more', () => {
  const rig = new Rig();
  for (let count = 0; count < 6; count += 1) rig.send();
  assert.is(rig.write().length, 4);
  assert.not.ok(rig.sender.isReady);
  assert.is(rig.sender.undecided, 6);
  rig.acknowledge(4, 0);
  assert.is(rig.write().length, 0, 'what is received and not settled still counts');
  rig.acknowledge(4, 1);
  assert.is(rig.write().length, 1);
});

window('is filled with as many bytes as it takes, and not one more', () => {
  const rig = new Rig({ windowMessages: 100, windowBytes: 100_000 });
  rig.send('message', 60_000);
  rig.send('message', 40_001);
  const third = rig.send('message', 1);
  rig.write();
  assert.is(rig.sender.lastId, 1, 'nothing overtakes what does not fit');
  rig.acknowledge(1, 1);
  rig.write();
  assert.is(third.id, 3);

  const exact = new Rig({ windowMessages: 100, windowBytes: 100_000 });
  exact.send('message', 60_000);
  exact.send('message', 40_000);
  exact.write();
  assert.is(exact.sender.lastId, 2);
});

window('takes as many requests as the peer answers at once, and not one more', () => {
  const rig = new Rig();
  for (let count = 0; count < 3; count += 1) rig.send('request');
  assert.is(rig.write().length, 2);
  rig.acknowledge(2, 2);
  assert.is(rig.write().length, 0, 'settled is not answered');
  rig.sender.receiveReply(2, NO_DATA);
  assert.is(rig.write().length, 1);
});

window('is no reason to send what is larger than the peer accepts', () => {
  const rig = new Rig();
  const large = rig.send('message', 100_001);
  const exact = rig.send('message', 100_000);
  rig.write();
  assert.equal(
    [large.stage, large.error?.outcome, large.error?.code],
    ['failed', 'not-delivered', 'ERR_HW_MESSAGE_TOO_LARGE'],
  );
  assert.is(large.id, 0);
  assert.equal([exact.stage, exact.id], ['sent', 1]);
});

// The answer was dropped, and the peer's request waited for it for ever.
window('turns an answer that is too large for the peer into a refusal', () => {
  const rig = new Rig({ messageMaxBytes: 10 });
  rig.send('reply', 11, 5);
  rig.send('refusal', 11, 6, 'no');
  const frames = rig.write() as RefusalFrame[];
  assert.equal(
    frames.map(({ type, request, code, data }) => [type, request, code, data.length]),
    [
      [FrameType.REFUSAL, 6, 'no', 11],
      [FrameType.REFUSAL, 5, 'ERR_HW_MESSAGE_TOO_LARGE', 0],
    ],
  );
});
window.run();

const outcomes = suite('the sender tells');

outcomes('each step of a message in its order', () => {
  const rig = new Rig();
  rig.send();
  rig.send();
  rig.write();
  assert.equal(rig.progress(), ['message 1 sent', 'message 2 sent']);
  rig.acknowledge(2, 0);
  assert.equal(rig.progress(), ['message 1 delivered', 'message 2 delivered']);
  rig.acknowledge(2, 2);
  assert.equal(rig.progress(), ['message 1 handled', 'message 2 handled']);
  assert.equal(rig.progress(), []);
});

outcomes('nothing of answers', () => {
  const rig = new Rig();
  rig.send('reply', 1, 1);
  rig.write();
  rig.acknowledge(1, 1);
  assert.equal(rig.progress(), []);
});

outcomes('that a request is handled when its answer comes, not when it is settled', () => {
  const rig = new Rig();
  const request = rig.send('request');
  rig.write();
  rig.acknowledge(1, 1);
  assert.is(request.stage, 'delivered');
  rig.sender.receiveReply(1, new Uint8Array([42]));
  assert.equal([request.stage, request.reply], ['handled', new Uint8Array([42])]);
});

outcomes('that a request is handled though its acknowledgement comes behind the answer', () => {
  const rig = new Rig();
  const request = rig.send('request');
  rig.write();
  rig.sender.receiveReply(1, NO_DATA);
  rig.acknowledge(1, 1);
  assert.is(request.stage, 'handled');
});

outcomes('what the peer refused, with its code and its data', () => {
  const rig = new Rig();
  const [message, request, unseen] = [rig.send(), rig.send('request'), rig.send('request')];
  rig.write();
  const data = new Uint8Array([1, 2]);
  const refusals = [
    { id: 1, code: 'full', data },
    { id: 3, code: 'ERR_HW_NO_HANDLER', data: NO_DATA },
  ];
  rig.acknowledge(3, 3, 0, 0, { ranges: [], refusals });
  rig.sender.receiveRefusal(2, 'later', NO_DATA);
  assert.equal(message.error?.refusal, { code: 'full', data: [1, 2] });
  assert.equal(request.error?.refusal, { code: 'later' });
  assert.equal([unseen.error?.code, unseen.error?.outcome], ['ERR_HW_NO_HANDLER', 'refused']);
});

outcomes('a refusal without its data when they cannot be read', () => {
  const rig = new Rig();
  const request = rig.send('request');
  rig.write();
  rig.sender.receiveRefusal(1, 'later', new Uint8Array([255]));
  assert.equal(request.error?.refusal, { code: 'later' });
});

outcomes('an overflow at once', () => {
  const rig = new Rig({}, { maxMessages: 1, maxBytes: 100 });
  rig.send();
  const second = rig.send();
  assert.equal([second.stage, second.error?.outcome], ['failed', 'overflow']);
  assert.equal(rig.progress(), ['message 0 failed']);
});

for (const [title, answer] of [
  ['a reply', (sender: Sender, id: number) => sender.receiveReply(id, NO_DATA)],
  ['a refusal', (sender: Sender, id: number) => sender.receiveRefusal(id, 'no', NO_DATA)],
] as const) {
  outcomes(`that ${title} to nothing breaks the protocol`, () => {
    const rig = new Rig({ windowBytes: 100_000 });
    assert.throws(() => answer(rig.sender, 1), isUnexpected);
    rig.send();
    rig.send('request');
    rig.write();
    assert.throws(() => answer(rig.sender, 1), isUnexpected, 'a message is no request');
    answer(rig.sender, 2);
    assert.throws(() => answer(rig.sender, 2), isUnexpected, 'it was answered');
    rig.send('request', 40_000);
    rig.write(0, 1);
    assert.throws(() => answer(rig.sender, 3), isUnexpected, 'it is not whole on the wire');
  });
}

outcomes('that an answer to a request that an ACK has refused breaks the protocol', () => {
  const rig = new Rig();
  rig.send('request');
  rig.write();
  rig.acknowledge(1, 1, 0, 0, { ranges: [], refusals: [{ id: 1, code: 'ERR_HW_NO_HANDLER', data: NO_DATA }] });
  assert.throws(() => rig.sender.receiveReply(1, NO_DATA), isUnexpected);
});
outcomes.run();

const roundTrips = suite('the round trip is measured');

roundTrips('from the writing of a message to its acknowledgement, with the delay that the peer tells', () => {
  const rig = new Rig();
  rig.send();
  rig.write(100);
  rig.acknowledge(1, 0, 150, 200);
  assert.equal(rig.measured, [[100, 20, 150]]);
});

// The newest message was timed: with another message every few milliseconds none was ever the newest when its acknowledgement came.
roundTrips('on a busy connection, where there is always a newer message', () => {
  const rig = new Rig({ windowMessages: 100 });
  for (let turn = 1; turn <= 50; turn += 1) {
    rig.send();
    rig.write(turn * 10);
    if (turn > 3) rig.acknowledge(turn - 3, turn - 3, turn * 10 + 5);
  }
  assert.equal(rig.measured.slice(0, 3), [
    [10, 0, 45],
    [50, 0, 85],
    [90, 0, 125],
  ]);
  assert.is(rig.measured.length, 12);
});

roundTrips('never by a block that covers later messages, too: its delay is not that of the timed one', () => {
  const rig = new Rig();
  rig.send();
  rig.write(100);
  rig.send();
  rig.write(110);
  rig.acknowledge(2, 1, 170);
  assert.equal(rig.measured, []);
  rig.send();
  rig.write(180);
  rig.acknowledge(3, 1, 230);
  assert.equal(rig.measured, [[180, 0, 230]], 'and the next message is timed again');
});

roundTrips('once for each message', () => {
  const rig = new Rig();
  rig.send();
  rig.write(100);
  rig.acknowledge(1, 0, 150);
  rig.acknowledge(1, 1, 900);
  assert.is(rig.measured.length, 1);
});

roundTrips('of a message that is whole, though the first chunk of the next has gone since', () => {
  const rig = new Rig();
  rig.send();
  rig.write(100);
  rig.send('message', 40_000);
  rig.write(140, 1);
  rig.acknowledge(1, 1, 150);
  assert.equal(rig.measured, [[100, 0, 150]]);
});

roundTrips('from the last chunk', () => {
  const rig = new Rig();
  rig.send('message', 20_000);
  rig.write(100, 1);
  rig.write(140);
  rig.acknowledge(1, 1, 150);
  assert.equal(rig.measured, [[140, 0, 150]]);
});

roundTrips('never over two connections: what is sent again is timed anew', () => {
  const rig = new Rig();
  rig.send();
  rig.write(100);
  rig.sender.resume(PEER, 0);
  rig.write(5000);
  rig.acknowledge(1, 1, 5050);
  assert.equal(rig.measured, [[5000, 0, 5050]]);
});

roundTrips('never over two sessions, whose ids begin anew', () => {
  const rig = new Rig();
  rig.send();
  rig.write(100);
  rig.sender.renew('the server began a new session');
  rig.sender.open(PEER);
  rig.send();
  rig.write(5000);
  rig.acknowledge(1, 1, 5050);
  assert.equal(rig.measured, [[5000, 0, 5050]]);
});
roundTrips.run();

const ends = suite('at the end');

ends('what waits is withdrawn with proof, answers stay', () => {
  const rig = new Rig({ windowMessages: 1 });
  const [written, waiting] = [rig.send(), rig.send()];
  rig.write();
  rig.send('reply', 1, 1);
  rig.progress();
  rig.sender.withdraw('closing');
  assert.equal(rig.progress(), ['message 0 failed']);
  assert.equal([written.stage, waiting.error?.outcome], ['sent', 'not-delivered']);
  assert.is(rig.sender.undecided, 1);
  assert.is(rig.write().length, 1);
});

ends('every message gets its outcome: unknown when it was whole on the wire, else not-delivered', () => {
  const rig = new Rig();
  const handled = rig.send();
  const [unknown, unanswered, settledRequest] = [rig.send(), rig.send('request'), rig.send('request')];
  rig.write();
  rig.acknowledge(1, 1);
  const [partly, waiting] = [rig.send('message', 40_000), rig.send()];
  rig.write(0, 1);
  rig.acknowledge(4, 1, 0, 0, { ranges: [{ gap: 2, length: 1 }], refusals: [] });
  assert.is(settledRequest.stage, 'delivered');
  rig.progress();
  rig.sender.end('gone');
  assert.is(handled.stage, 'handled');
  const outcomesNow = [unknown, unanswered, settledRequest, partly, waiting].map(({ error }) => error?.outcome);
  assert.equal(outcomesNow, ['unknown', 'unknown', 'unknown', 'not-delivered', 'not-delivered']);
  assert.is(rig.progress().length, 5, 'each is told once');
  assert.equal([rig.sender.undecided, rig.sender.isIdle], [0, true]);
  rig.sender.end('gone again');
  assert.equal(rig.progress(), []);
});

ends('a request that was handled is not told again', () => {
  const rig = new Rig();
  const request = rig.send('request');
  rig.write();
  rig.sender.receiveReply(1, NO_DATA);
  rig.progress();
  rig.sender.end('gone');
  assert.equal([request.stage, request.error], ['handled', null]);
  assert.equal(rig.progress(), []);
});
ends.run();

const times = suite('the time of what is sent');

times('is that of the oldest message whose fate is open', () => {
  const sender = new Sender({ maxMessages: 10, maxBytes: 1e6 }, () => null, 1000);
  const [first, second] = [new OutgoingMessage('message', 'a', NO_DATA), new OutgoingMessage('message', 'b', NO_DATA)];
  sender.send(first, 100);
  sender.send(second, 300);
  assert.is(sender.nextDeadlineMs, 1100);
  sender.handleDeadline(1100);
  assert.equal([first.error?.code, second.stage, sender.nextDeadlineMs], ['ERR_HW_TIMEOUT', 'queued', 1300]);
});

times('is that of the oldest in each of three places: written, handled without an answer, and waiting', () => {
  const rig = new Rig({ windowMessages: 1 }, { maxMessages: 100, maxBytes: 1e6 }, 1000);
  const [asked, written, waiting] = [
    new OutgoingMessage('request', 'ask', NO_DATA),
    new OutgoingMessage('message', 'a', NO_DATA),
    new OutgoingMessage('message', 'b', NO_DATA),
  ];
  rig.sender.send(asked, 100);
  rig.write(100);
  // Its handler has finished, and the answer does not come.
  rig.acknowledge(1, 1, 150);
  rig.sender.send(written, 400);
  rig.write(400);
  rig.sender.send(waiting, 500);
  const open: (readonly [atMs: number, open: number])[] = [];
  while (open.length < 3) {
    const atMs = rig.sender.nextDeadlineMs;
    rig.sender.handleDeadline(atMs);
    open.push([atMs, [asked, written, waiting].filter(({ withdrawal }) => withdrawal === null).length]);
  }
  assert.equal(open, [
    [1100, 2],
    [1400, 1],
    [1500, 0],
  ]);
});

times('is not that of answers: they have none', () => {
  const sender = new Sender({ maxMessages: 10, maxBytes: 1e6 }, () => null, 1000);
  sender.send(new OutgoingMessage('reply', '', NO_DATA, 1));
  sender.send(new OutgoingMessage('refusal', 'no', NO_DATA, 2));
  assert.is(sender.nextDeadlineMs, Infinity);
});
times('is written with it, counted from the handshake and rounded down, in its first chunk', () => {
  const rig = new Rig();
  rig.sender.originMs = 1000.5;
  const message = new OutgoingMessage('request', 'ask', new Uint8Array(20_000));
  message.expiresAtMs = 3500;
  rig.sender.send(message, 2000);
  rig.send();
  assert.equal(
    rig.write(2000).map((frame) => ('expiresMs' in frame ? [frame.sequence, frame.expiresMs] : null)),
    [
      [1, 2499],
      [1, null],
      [2, null],
    ],
  );
});

// The timer that withdraws may be late: the event loop was busy, the machine slept.
times('is looked at before it is written, however late the timer is', () => {
  const rig = new Rig();
  const late = new OutgoingMessage('message', 'late', NO_DATA);
  late.expiresAtMs = 500;
  rig.sender.send(late, 0);
  const next = rig.send();
  assert.is(rig.write(500).length, 1);
  assert.equal([late.error?.outcome, late.id, next.id], ['expired', 0, 1]);
  assert.is(rig.sender.undecided, 1);
});

times('is looked at before it is written again: nothing takes its place', () => {
  const rig = new Rig();
  const late = new OutgoingMessage('message', 'late', NO_DATA);
  late.expiresAtMs = 500;
  rig.sender.send(late, 0);
  rig.write(499);
  rig.sender.resume(PEER, 0);
  assert.equal(
    rig.write(500).map(({ type, sequence }) => [type as number, sequence]),
    [[FrameType.VOID, 1]],
  );
  assert.equal([late.error?.outcome, late.error?.safeToRetry], ['expired', true]);
});

times('does not cut a message off whose first chunk is written: the peer decides', () => {
  const rig = new Rig();
  const large = new OutgoingMessage('message', 'large', new Uint8Array(40_000));
  large.expiresAtMs = 500;
  rig.sender.send(large, 0);
  assert.is(rig.write(0, 1).length, 1);
  assert.is(rig.write(1000).length, 2);
  assert.is(large.stage, 'sent');
});

// It was taken out of the queue and stayed in the sum, so that a server which came late for its queue seemed to keep more and more.
times('holds nothing any more of what expired before it was written', () => {
  const rig = new Rig();
  const late = new OutgoingMessage('message', 'late', new Uint8Array(1000));
  late.expiresAtMs = 500;
  rig.sender.send(late, 0);
  assert.is(rig.sender.held.ownBytes, 1000);
  rig.write(500);
  assert.is(rig.sender.held.ownBytes, 0);
});
times.run();
