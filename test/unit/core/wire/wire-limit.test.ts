// The numbers themselves are held against PROTOCOL.md in test/vectors; here is how they have to fit together.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as limit from '../../../../packages/core/src/wire/wire-limit.ts';
import { varintSize } from '../../../../packages/core/src/wire/varint.ts';

const limits = suite('wire limits');

limits('a handshake frame has room for the largest body and its head', () => {
  assert.is(limit.HANDSHAKE_FRAME_MAX_BYTES, limit.HANDSHAKE_MAX_BYTES + 1);
});

limits('a text8 has room for the longest type name, refusal code and reason', () => {
  for (const bytes of [limit.TYPE_NAME_MAX_BYTES, limit.REFUSAL_CODE_MAX_BYTES, limit.REASON_MAX_BYTES]) {
    assert.ok(bytes <= 255);
  }
});

limits('the number of a type name takes one byte', () => {
  assert.is(varintSize(limit.NUMBERED_NAMES_MAX), 1);
  assert.is(varintSize(limit.NUMBERED_NAMES_MAX + 1), 2);
});

limits('a length takes as much as the largest varint at most', () => {
  assert.is(limit.LENGTH_MAX_BYTES, varintSize(Number.MAX_SAFE_INTEGER));
});

limits.run();
