// The numbers themselves are held against PROTOCOL.md in test/vectors; here is how they have to fit together.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as limit from '../../../../packages/core/src/wire/wire-limit.ts';
import { FrameWriter } from '../../../../packages/core/src/wire/frame-writer.ts';
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

limits('the smallest frame has room for a volatile value, whatever stands around it', () => {
  const writer = new FrameWriter();
  const block = { received: 0, unsettled: Number.MAX_SAFE_INTEGER, delayTicks: Number.MAX_SAFE_INTEGER };
  const payload = new Uint8Array(1024 - limit.VOLATILE_HEADER_MAX_BYTES);
  const [key, name] = ['k'.repeat(limit.VOLATILE_KEY_MAX_BYTES), 'n'.repeat(limit.TYPE_NAME_MAX_BYTES)];
  writer.volatile(key, name, payload, block);
  assert.is(writer.length, varintSize(1024) + 1024);
});

limits('the number of a type name takes one byte', () => {
  assert.is(varintSize(limit.NUMBERED_NAMES_MAX), 1);
  assert.is(varintSize(limit.NUMBERED_NAMES_MAX + 1), 2);
});

limits('a length takes as much as the largest varint at most', () => {
  assert.is(limit.LENGTH_MAX_BYTES, varintSize(Number.MAX_SAFE_INTEGER));
});

limits.run();
