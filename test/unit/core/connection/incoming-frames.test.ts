import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { IncomingFrames } from '../../../../packages/core/src/connection/incoming-frames.ts';
import { bytesOf } from '../../../support/hex.ts';
import { isError } from '../../../support/is-error.ts';

const frames = suite('incoming frames');

const PREFACE = 'f848570a01';

frames('come after the preface, in one chunk', () => {
  assert.equal(take(new IncomingFrames(), `${PREFACE} 02 20 00 02 20 01`), [0, 1]);
});

frames('come byte by byte', () => {
  const incoming = new IncomingFrames();
  const nonces = [...bytesOf(`${PREFACE} 02 20 00 02 20 01`)].flatMap((byte) =>
    take(incoming, byte.toString(16).padStart(2, '0')),
  );
  assert.equal(nonces, [0, 1]);
});

frames('are cut short inside of the preface or of a frame, and nowhere else', () => {
  const incoming = new IncomingFrames();
  assert.not(incoming.isUnfinished, 'nothing has come');
  take(incoming, 'f848');
  assert.ok(incoming.isUnfinished, 'inside of the preface');
  take(incoming, '570a01');
  assert.not(incoming.isUnfinished, 'behind the preface');
  take(incoming, '02');
  assert.ok(incoming.isUnfinished, 'behind a length');
  take(incoming, '2000');
  assert.not(incoming.isUnfinished, 'behind a frame');
});

frames('are of at most 8 KiB and a head before the handshake is over', () => {
  const body = (size: number): string => '00'.repeat(size);
  const incoming = new IncomingFrames();
  incoming.push(bytesOf(`${PREFACE} 6001 00 ${body(8192)}`));
  assert.is(incoming.next()?.type, 0);
  assert.throws(() => take(incoming, '6002'), isError('ERR_HW_FRAME_TOO_LARGE', /8194 bytes announced, at most 8193/));
});

frames('are as large as the handshake allows afterwards', () => {
  const incoming = new IncomingFrames();
  take(incoming, PREFACE);
  incoming.frameMaxBytes = 10_000;
  take(incoming, '6710');
  assert.ok(incoming.isUnfinished);
  const other = new IncomingFrames();
  take(other, PREFACE);
  other.frameMaxBytes = 10_000;
  assert.throws(() => take(other, '6711'), isError('ERR_HW_FRAME_TOO_LARGE', /10001 bytes/));
});

// Node's Buffer would turn up in the application's payloads, and its slice does not copy.
frames('are plain bytes, whatever the transport read them into, and not copied', () => {
  const incoming = new IncomingFrames();
  const chunk = Buffer.from(bytesOf(`${PREFACE} 08 38 0001 00 016d a178`));
  incoming.push(chunk.subarray(0, 5));
  incoming.push(chunk.subarray(5));
  const frame = incoming.next() as { readonly payload: Uint8Array };
  assert.is(frame.payload.constructor, Uint8Array);
  assert.equal([...frame.payload], [0xa1, 0x78]);
  assert.is(frame.payload.buffer, chunk.buffer);
});

frames('of a stranger are refused', () => {
  assert.throws(() => new IncomingFrames().push(bytesOf('474554202f')), isError('ERR_HW_PREFACE', /HTTP|text/));
});

frames('remember the type names of their direction', () => {
  const incoming = new IncomingFrames();
  take(incoming, `${PREFACE} 08 38 0001 00 03736179`);
  incoming.push(bytesOf('04 38 0002 01'));
  assert.equal(incoming.next(), {
    type: 7,
    ack: null,
    sequence: 2,
    more: false,
    expiresMs: null,
    name: 'say',
    payload: new Uint8Array(0),
  });
});

frames.run();

/** The nonces of the PINGs that came; other frames count as their type. */
function take(incoming: IncomingFrames, hex: string): unknown[] {
  const taken: unknown[] = [];
  incoming.push(bytesOf(hex));
  for (let frame = incoming.next(); frame !== null; frame = incoming.next()) {
    taken.push('nonce' in frame ? frame.nonce : frame.type);
  }
  return taken;
}
