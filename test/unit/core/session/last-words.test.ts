import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Acknowledgements } from '../../../../packages/core/src/session/acknowledgements.ts';
import {
  decodeLastWords,
  encodeLastWords,
  LAST_WORDS_MAX_BYTES,
} from '../../../../packages/core/src/session/last-words.ts';
import { FrameType } from '../../../../packages/core/src/wire/frame-type.ts';
import { bytesOf, hexOf } from '../../../support/hex.ts';
import { isError } from '../../../support/is-error.ts';

const ACK = { received: 9, unsettled: 2, delayTicks: 0 };

const words = suite('last words');

words('are an ACK without its length', () => {
  assert.is(hexOf(encodeLastWords(ACK, null)), '3000090200');
  const detail = { ranges: [{ gap: 1, length: 1 }], refusals: [{ id: 7, code: 'no', data: new Uint8Array(0) }] };
  assert.equal(decodeLastWords(encodeLastWords(ACK, detail)), {
    type: FrameType.ACK,
    ack: ACK,
    partialBytes: 0,
    detail,
  });
});

words('have room for as much as one ACK says', () => {
  const acks = new Acknowledgements();
  for (let id = 1; id <= 400; id += 1) acks.receive(FrameType.MESSAGE, 1, 0);
  for (let id = 2; id <= 400; id += 2) acks.settle(id, { id, code: 'x'.repeat(64), data: new Uint8Array(1024) });
  const { ack, detail } = acks.takeLastWords(LAST_WORDS_MAX_BYTES);
  const bytes = encodeLastWords(ack, detail);
  assert.ok(bytes.length <= LAST_WORDS_MAX_BYTES, `${bytes.length}`);
  // What does not fit is not known: the position stays behind it.
  assert.is(ack.received - ack.unsettled, 0);
  assert.equal(decodeLastWords(bytes).detail?.refusals.length, detail?.refusals.length);
});

words('tell again what may have been lost with the last connection', () => {
  const acks = new Acknowledgements();
  for (let id = 1; id <= 3; id += 1) acks.receive(FrameType.MESSAGE, 1, 0);
  acks.settle(1, { id: 1, code: 'no', data: new Uint8Array(0) });
  acks.settle(3, null);
  acks.takeDetailed(0, 1000);
  const { ack, detail } = acks.takeLastWords(LAST_WORDS_MAX_BYTES);
  assert.equal(ack, { received: 3, unsettled: 2, delayTicks: 0 });
  assert.equal(detail!.ranges, [{ gap: 1, length: 1 }]);
  assert.equal(
    detail!.refusals.map(({ id }) => id),
    [1],
  );
});

for (const [what, hex, code] of [
  ['nothing', '', 'ERR_HW_MALFORMED_FRAME'],
  ['a PING', '2000', 'ERR_HW_MALFORMED_FRAME'],
  ['half an ACK', '3000', 'ERR_HW_MALFORMED_FRAME'],
  ['an ACK and more', '300009020000', 'ERR_HW_MALFORMED_FRAME'],
  ['a frame that may be skipped', 'c0', 'ERR_HW_MALFORMED_FRAME'],
  ['a frame that nobody knows', '9000', 'ERR_HW_UNKNOWN_FRAME'],
] as const) {
  words(`cannot be ${what}`, () => {
    assert.throws(() => decodeLastWords(bytesOf(hex)), isError(code, /./));
  });
}

words.run();
