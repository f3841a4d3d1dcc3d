import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FrameReader } from '../../../../packages/core/src/wire/frame-reader.ts';
import { FrameSplitter } from '../../../../packages/core/src/wire/frame-splitter.ts';
import { FrameType } from '../../../../packages/core/src/wire/frame-type.ts';
import { FrameWriter } from '../../../../packages/core/src/wire/frame-writer.ts';
import type { AckBlock, AckDetail, Frame } from '../../../../packages/core/src/wire/frame.ts';
import { hexOf } from '../../../support/hex.ts';

/** Writes something, and says what a reader has to make of it. */
type Act = (writer: FrameWriter) => Frame[];

const writer = suite('frame writer');

/** The reader's objects have a prototype, so the expected ones need one. */
const PLAIN = { noNullPrototype: true };

const u16 = fc.integer({ min: 0, max: 65_535 });
const varint = fc.oneof(fc.nat(70), fc.nat(20_000), fc.maxSafeNat());
const binary = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 60, maxLength: 70 }));
const data = fc.uint8Array({ maxLength: 40 });
const code = fc.string({ minLength: 1, maxLength: 16 });
const reason = fc.string({ unit: 'grapheme', maxLength: 20 });
const ack: fc.Arbitrary<AckBlock | null> = fc.option(
  fc.record({ received: u16, unsettled: varint, delayTicks: varint }, PLAIN),
);
const detail: fc.Arbitrary<AckDetail> = fc.record(
  {
    ranges: fc.array(fc.record({ gap: varint, length: varint.map((value) => Math.max(1, value)) }, PLAIN), {
      maxLength: 5,
    }),
    refusals: fc.array(fc.record({ id: varint, code, data }, PLAIN), { maxLength: 5 }),
  },
  PLAIN,
);
const name = fc.oneof(fc.constantFrom('a', 'say', 'room/message', '🎈'), fc.string({ minLength: 1, maxLength: 8 }));

const message: fc.Arbitrary<Act> = fc
  .tuple(
    fc.constantFrom(FrameType.MESSAGE, FrameType.REQUEST),
    u16,
    name,
    fc.array(binary.filter(isFilled), { maxLength: 3 }),
    binary,
    ack,
    fc.option(varint),
  )
  .map(
    ([type, sequence, typeName, chunks, last, block, expires]) =>
      (out) =>
        [...chunks, last].map((payload, index): Frame => {
          const isFirst = index === 0;
          const expiresMs = isFirst ? expires : null;
          const chunk = { name: isFirst ? typeName : null, more: index < chunks.length, expiresMs };
          out.message(type, sequence, chunk.name, whole(payload), chunk.more, block, expiresMs);
          return { type, ack: block, sequence, ...chunk, payload };
        }),
  );

const reply: fc.Arbitrary<Act> = fc
  .tuple(u16, varint, fc.array(binary.filter(isFilled), { maxLength: 3 }), binary, ack)
  .map(
    ([sequence, id, chunks, last, block]) =>
      (out) =>
        [...chunks, last].map((payload, index): Frame => {
          const chunk = { request: index === 0 ? id : null, more: index < chunks.length };
          out.reply(sequence, chunk.request, whole(payload), chunk.more, block);
          return { type: FrameType.REPLY, ack: block, sequence, ...chunk, payload };
        }),
  );

const others: fc.Arbitrary<Act> = fc.oneof(
  fc
    .tuple(fc.constantFrom(FrameType.HELLO, FrameType.WELCOME, FrameType.REJECT), binary)
    .map(([type, body]): Act => (out) => {
      out.handshake(type, body);
      return [{ type, body }];
    }),
  fc.tuple(varint, reason).map(([number, text]): Act => (out) => {
    out.error(number, text);
    return [{ type: FrameType.ERROR, code: number, reason: text }];
  }),
  fc.tuple(varint, ack).map(([nonce, block]): Act => (out) => {
    out.ping(nonce, block);
    return [{ type: FrameType.PING, ack: block, nonce }];
  }),
  fc.tuple(varint, varint, ack).map(([nonce, holdTicks, block]): Act => (out) => {
    out.pong(nonce, holdTicks, block);
    return [{ type: FrameType.PONG, ack: block, nonce, holdTicks }];
  }),
  fc
    .tuple(
      ack.filter((block) => block !== null),
      fc.option(detail),
      varint,
    )
    .map(([block, more, partialBytes]): Act => (out) => {
      out.ack(block, more, partialBytes);
      return [{ type: FrameType.ACK, ack: block, partialBytes, detail: more }];
    }),
  fc.tuple(u16, varint, code, data, ack).map(([sequence, request, word, bytes, block]): Act => (out) => {
    out.refusal(sequence, request, word, bytes, block);
    return [{ type: FrameType.REFUSAL, ack: block, sequence, request, code: word, data: bytes }];
  }),
  fc
    .tuple(fc.string({ unit: 'grapheme', maxLength: 20 }), name, data, ack)
    .map(([key, type, payload, block]): Act => (out) => {
      out.volatile(key, type, payload, block);
      return [{ type: FrameType.VOLATILE, ack: block, key, name: type, payload }];
    }),
  fc.tuple(varint, fc.boolean(), varint, reason).map(([final, close, number, text]): Act => (out) => {
    out.goodbye(final, close, number, text);
    return [{ type: FrameType.GOODBYE, close, final, code: number, reason: text }];
  }),
  varint.map((final): Act => (out) => {
    out.goodbyeAck(final);
    return [{ type: FrameType.GOODBYE_ACK, final }];
  }),
  fc.tuple(fc.integer({ min: 24, max: 31 }), fc.nat(7), data).map(([type, flags, body]): Act => (out) => {
    out.ignorable(type, flags, body);
    return [{ type: 'ignorable' }];
  }),
);

writer('whatever is written is read again, in the same order', () => {
  const property = fc.property(
    fc.array(fc.oneof(message, reply, others), { maxLength: 80 }),
    fc.boolean(),
    (acts, inTurns) => {
      const out = new FrameWriter();
      const expected: Frame[] = [];
      const pieces: Uint8Array[] = [];
      for (const act of acts) {
        expected.push(...act(out));
        if (inTurns) pieces.push(out.take()!);
      }
      if (!inTurns && acts.length > 0) pieces.push(out.take()!);
      assert.equal(framesOf(pieces), expected);
    },
  );
  fc.assert(property, { numRuns: 200, seed: 1 });
});

writer('length says how much waits to be taken', () => {
  const out = new FrameWriter();
  assert.is(out.length, 0);
  assert.is(out.take(), null);
  out.ping(0, null);
  out.ping(64, null);
  assert.is(out.length, 3 + 4);
  assert.is(out.take()!.length, 7);
  assert.is(out.length, 0);
});

writer('the preface is five bytes', () => {
  const out = new FrameWriter();
  out.preface();
  assert.is(hexOf(out.take()!), 'f848570a01');
});

writer('5 bytes stand around the payload of a small message, 9 with an ack block', () => {
  const out = new FrameWriter();
  const payload = whole(new Uint8Array(10));
  out.message(FrameType.MESSAGE, 1, 'say', payload, false, null);
  out.take();
  out.message(FrameType.MESSAGE, 2, 'say', payload, false, null);
  assert.is(out.take()!.length - 10, 5, 'length, head, sequence and the number of the name');
  out.message(FrameType.MESSAGE, 3, 'say', payload, false, { received: 1, unsettled: 0, delayTicks: 3 });
  assert.is(out.take()!.length - 10, 9);
});

writer('a slice of a payload leaves out what is around it', () => {
  const bytes = Uint8Array.of(1, 2, 3, 4, 5);
  for (const [start, end] of [
    [0, 5],
    [0, 2],
    [2, 5],
    [1, 3],
    [2, 2],
  ] as const) {
    const out = new FrameWriter();
    out.reply(1, 1, { bytes, start, end }, false, null);
    const payload = bytes.slice(start, end);
    const expected = { type: FrameType.REPLY, ack: null, sequence: 1, more: false, request: 1, payload };
    assert.equal(framesOf([out.take()!]), [expected]);
  }
});

writer('a reason that is too long is cut between characters', () => {
  const out = new FrameWriter();
  out.error(4, 'é'.repeat(200));
  out.goodbye(1, false, 0, 'é'.repeat(200));
  const [error, goodbye] = framesOf([out.take()!]) as { readonly reason: string }[];
  assert.is(error?.reason, 'é'.repeat(127));
  assert.is(goodbye?.reason, 'é'.repeat(127));
});

writer('a type name is spelled out once, also when its first message came in chunks', () => {
  const out = new FrameWriter();
  const chunk = whole(Uint8Array.of(1));
  const sizes = [true, true, false].map((more, index) => {
    out.message(FrameType.MESSAGE, 1, index === 0 ? 'say' : null, chunk, more, null);
    return out.take()!.length;
  });
  out.message(FrameType.REQUEST, 2, 'say', chunk, false, null);
  assert.equal([...sizes, out.take()!.length], [10, 5, 5, 6]);
});

// Two names with half a surrogate pair were spelled out both, with the same bytes, and the peer ended the connection.
writer('names with half a surrogate pair do not end the connection', () => {
  const out = new FrameWriter();
  for (const typeName of ['\ud800', '\udfff', '\ufffd'])
    out.message(FrameType.MESSAGE, 1, typeName, whole(new Uint8Array(0)), false, null);
  const names = framesOf([out.take()!]).map((frame) => (frame as { readonly name: string }).name);
  assert.equal(names, ['\ufffd', '\ufffd', '\ufffd']);
});

writer.run();

function framesOf(pieces: readonly Uint8Array[]): Frame[] {
  const splitter = new FrameSplitter(1_000_000);
  const reader = new FrameReader();
  const frames: Frame[] = [];
  for (const piece of pieces) {
    splitter.push(piece);
    while (splitter.next()) frames.push(reader.read(splitter.bytes, splitter.start, splitter.end));
  }
  assert.not(splitter.isInsideFrame);
  return frames;
}

function whole(bytes: Uint8Array): { bytes: Uint8Array; start: number; end: number } {
  return { bytes, start: 0, end: bytes.length };
}

function isFilled(bytes: Uint8Array): boolean {
  return bytes.length > 0;
}
