import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HeartwireError } from '../../../../packages/core/src/errors/heartwire-error.ts';
import { Farewell } from '../../../../packages/core/src/session/farewell.ts';
import { FrameReader } from '../../../../packages/core/src/wire/frame-reader.ts';
import { FrameSplitter } from '../../../../packages/core/src/wire/frame-splitter.ts';
import { FrameType } from '../../../../packages/core/src/wire/frame-type.ts';
import { FrameWriter } from '../../../../packages/core/src/wire/frame-writer.ts';
import type { Frame, GoodbyeAckFrame, GoodbyeFrame } from '../../../../packages/core/src/wire/frame.ts';

const LOCAL = { by: 'local', code: 7, reason: 'bye' } as const;

function goodbye(final: number): GoodbyeFrame {
  return { type: FrameType.GOODBYE, close: true, final, code: 0, reason: '' };
}

function goodbyeAck(final: number): GoodbyeAckFrame {
  return { type: FrameType.GOODBYE_ACK, final };
}

/** The frames in what was written. */
function framesOf(writer: FrameWriter): Frame[] {
  const splitter = new FrameSplitter(1000);
  const reader = new FrameReader();
  const frames: Frame[] = [];
  splitter.push(writer.take() ?? new Uint8Array(0));
  while (splitter.next()) frames.push(reader.read(splitter.bytes, splitter.start, splitter.end));
  return frames;
}

function isError(code: string): (error: unknown) => boolean {
  return (error) => error instanceof HeartwireError && error.code === code && error.by === 'remote';
}

const words = suite('a farewell');

words('is nobody’s at first, and both directions are open', () => {
  const farewell = new Farewell();
  assert.equal(
    [farewell.hasBegun, farewell.mayWrite, farewell.mayReceive, farewell.isComplete],
    [false, true, true, false],
  );
});

words('belongs to the first who begins', () => {
  const farewell = new Farewell();
  farewell.begin(LOCAL);
  farewell.begin({ by: 'peer', code: 1, reason: 'me too' });
  assert.equal(farewell.cause, { kind: 'closed', ...LOCAL });
});

words('that only the peer’s half-closes made is the peer’s', () => {
  assert.equal(new Farewell().cause, { kind: 'closed', by: 'peer', code: 0, reason: '' });
});

words('is complete when both goodbyes are said and acknowledged', () => {
  const farewell = new Farewell();
  const writer = new FrameWriter();
  farewell.begin(LOCAL);
  farewell.writeGoodbye(writer, 3);
  assert.not.ok(farewell.mayWrite);
  farewell.receiveGoodbyeAck(goodbyeAck(3), 3);
  farewell.receiveGoodbye(goodbye(5), 5);
  assert.not.ok(farewell.mayReceive);
  assert.not.ok(farewell.isComplete);
  farewell.writeGoodbyeAck(writer);
  assert.ok(farewell.isComplete);
  assert.equal(framesOf(writer), [
    { type: FrameType.GOODBYE, close: true, final: 3, code: 7, reason: 'bye' },
    { type: FrameType.GOODBYE_ACK, final: 5 },
  ]);
});
words.run();

const due = suite('GOODBYE is due');

due('when somebody wants the end and nothing is owed', () => {
  const farewell = new Farewell();
  assert.not.ok(farewell.isGoodbyeDue(true));
  farewell.begin(LOCAL);
  assert.not.ok(farewell.isGoodbyeDue(false));
  assert.ok(farewell.isGoodbyeDue(true));
  farewell.writeGoodbye(new FrameWriter(), 0);
  assert.not.ok(farewell.isGoodbyeDue(true));
});

due('when our own direction is to end, without a word about the other', () => {
  const farewell = new Farewell();
  const writer = new FrameWriter();
  farewell.endsSending = true;
  assert.not.ok(farewell.isGoodbyeDue(false));
  assert.ok(farewell.isGoodbyeDue(true));
  farewell.writeGoodbye(writer, 3);
  assert.not.ok(farewell.isGoodbyeDue(true));
  assert.equal(framesOf(writer), [{ type: FrameType.GOODBYE, close: false, final: 3, code: 0, reason: '' }]);
});

due('a second time when the other direction is to end as well, and only when it is our wish', () => {
  for (const [said, isOurs] of [
    [LOCAL, true],
    [{ ...LOCAL, by: 'peer' }, false],
  ] as const) {
    const farewell = new Farewell();
    const writer = new FrameWriter();
    farewell.endsSending = true;
    farewell.writeGoodbye(writer, 3);
    framesOf(writer);
    farewell.begin(said);
    assert.is(farewell.isGoodbyeDue(false), isOurs);
    if (!isOurs) continue;
    farewell.writeGoodbye(writer, 3);
    assert.not.ok(farewell.isGoodbyeDue(true));
    assert.equal(framesOf(writer), [{ type: FrameType.GOODBYE, close: true, final: 3, code: 7, reason: 'bye' }]);
  }
});

due('not a second time when the peer has ended its direction by itself', () => {
  const farewell = new Farewell();
  farewell.endsSending = true;
  farewell.writeGoodbye(new FrameWriter(), 3);
  farewell.receiveGoodbye(goodbye(0), 0);
  farewell.begin(LOCAL);
  assert.not.ok(farewell.isGoodbyeDue(true));
});
due.run();

const ackDue = suite('GOODBYE_ACK is due');

ackDue('when everything up to the last id of the peer is settled, once', () => {
  const farewell = new Farewell();
  assert.not.ok(farewell.isGoodbyeAckDue(0));
  farewell.receiveGoodbye(goodbye(5), 5);
  assert.not.ok(farewell.isGoodbyeAckDue(4));
  assert.ok(farewell.isGoodbyeAckDue(5));
  farewell.writeGoodbyeAck(new FrameWriter());
  assert.not.ok(farewell.isGoodbyeAckDue(5));
});
ackDue.run();

const violations = suite('a farewell refuses');

violations('no second GOODBYE that asks for what the first did not', () => {
  const farewell = new Farewell();
  farewell.receiveGoodbye({ ...goodbye(4), close: false }, 4);
  farewell.receiveGoodbye(goodbye(4), 4);
  assert.throws(() => farewell.receiveGoodbye(goodbye(4), 4), isError('ERR_HW_UNEXPECTED_FRAME'));
});

violations('a second GOODBYE with another end', () => {
  const farewell = new Farewell();
  farewell.receiveGoodbye({ ...goodbye(4), close: false }, 4);
  assert.throws(() => farewell.receiveGoodbye(goodbye(5), 5), isError('ERR_HW_UNEXPECTED_FRAME'));
});

violations('a second GOODBYE', () => {
  const farewell = new Farewell();
  farewell.receiveGoodbye(goodbye(0), 0);
  assert.throws(() => farewell.receiveGoodbye(goodbye(0), 0), isError('ERR_HW_UNEXPECTED_FRAME'));
});

for (const final of [4, 6]) {
  violations(`a GOODBYE that ends with ${final} when 5 were received`, () => {
    assert.throws(() => new Farewell().receiveGoodbye(goodbye(final), 5), isError('ERR_HW_SEQUENCE'));
  });
}

violations('a GOODBYE_ACK before our GOODBYE, and a second one', () => {
  const farewell = new Farewell();
  assert.throws(() => farewell.receiveGoodbyeAck(goodbyeAck(0), 0), isError('ERR_HW_UNEXPECTED_FRAME'));
  farewell.begin(LOCAL);
  farewell.writeGoodbye(new FrameWriter(), 0);
  farewell.receiveGoodbyeAck(goodbyeAck(0), 0);
  assert.throws(() => farewell.receiveGoodbyeAck(goodbyeAck(0), 0), isError('ERR_HW_UNEXPECTED_FRAME'));
});

for (const final of [2, 4]) {
  violations(`a GOODBYE_ACK for ${final} when 3 was the last`, () => {
    const farewell = new Farewell();
    farewell.begin(LOCAL);
    farewell.writeGoodbye(new FrameWriter(), 3);
    assert.throws(() => farewell.receiveGoodbyeAck(goodbyeAck(final), 3), isError('ERR_HW_UNEXPECTED_FRAME'));
    assert.not.ok(farewell.isComplete);
  });
}
violations.run();
