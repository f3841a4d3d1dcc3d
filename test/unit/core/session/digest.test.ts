import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EMPTY_DIGEST, mixDigest } from '../../../../packages/core/src/session/digest.ts';
import { FrameType } from '../../../../packages/core/src/wire/frame-type.ts';

const digest = suite('the digest');
const DOCUMENT = readFileSync(new URL('../../../../packages/core/PROTOCOL.md', import.meta.url), 'utf8');

digest('is what PROTOCOL.md §19 says', () => {
  const first = mixDigest(EMPTY_DIGEST, 1, FrameType.MESSAGE, 3);
  const second = mixDigest(first, 2, FrameType.REPLY, 0);
  for (const value of [EMPTY_DIGEST, first, second]) assert.ok(DOCUMENT.includes(`0x${value.toString(16)}`));
});

digest('differs when an id, a type or a size does, and is 32 bits', () => {
  const all = [
    mixDigest(EMPTY_DIGEST, 1, FrameType.MESSAGE, 3),
    mixDigest(EMPTY_DIGEST, 2, FrameType.MESSAGE, 3),
    mixDigest(EMPTY_DIGEST, 1, FrameType.REQUEST, 3),
    mixDigest(EMPTY_DIGEST, 1, FrameType.MESSAGE, 4),
  ];
  assert.is(new Set(all).size, all.length);
  for (const value of all) assert.ok(Number.isInteger(value) && value >= 0 && value < 2 ** 32);
});

digest('takes ids beyond 32 bits by their low word', () => {
  assert.is(mixDigest(7, 2 ** 40 + 5, 1, 1), mixDigest(7, 5, 1, 1));
});
digest.run();
