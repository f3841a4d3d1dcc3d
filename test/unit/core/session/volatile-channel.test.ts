import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Announcement } from '../../../../packages/core/src/connection/handshake.ts';
import { HeartwireError, type ErrorCode } from '@heartwire/core';
import { VolatileChannel } from '../../../../packages/core/src/session/volatile-channel.ts';
import { FrameType } from '../../../../packages/core/src/wire/frame-type.ts';
import { ANNOUNCEMENT } from '../../../support/session-pair.ts';

function isError(code: ErrorCode, by: string, text: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.instance(error, HeartwireError);
    assert.equal([(error as HeartwireError).code, (error as HeartwireError).by], [code, by]);
    assert.match((error as HeartwireError).message, text);
    return true;
  };
}

function value(bytes: number, key = ''): { name: string; key: string; payload: Uint8Array } {
  return { name: 'at', key, payload: new Uint8Array(bytes) };
}

const sending = suite('a volatile value that is sent');

const SIZES: readonly (readonly [string, Partial<Announcement> | null, number])[] = [
  ['16 KiB, while there is no connection', null, 16_384],
  ['16 KiB, to most peers', {}, 16_384],
  ['what the peer takes as a message, if that is less', { messageMaxBytes: 100 }, 100],
  ['what fits into a frame of the peer, whatever stands around it', { frameMaxBytes: 1024 }, 1024 - 405],
];

for (const [title, peer, maxBytes] of SIZES) {
  sending(`may have ${title}`, () => {
    const channel = new VolatileChannel(ANNOUNCEMENT, 10);
    const announcement = peer === null ? null : { ...ANNOUNCEMENT, ...peer };
    channel.send(value(maxBytes), announcement);
    const size = new RegExp(`${maxBytes + 1} bytes, at most ${maxBytes} are`);
    const isTooLarge = isError('ERR_HW_MESSAGE_TOO_LARGE', 'local', size);
    assert.throws(() => channel.send(value(maxBytes + 1, 'b'), announcement), isTooLarge);
    const { drops } = channel;
    assert.is(drops.takeReport(0)[0]?.dropped, peer === null ? 1 : undefined, 'a mistake is not counted as dropped');
  });
}

sending('is dropped, and counted, while there is no connection', () => {
  const channel = new VolatileChannel(ANNOUNCEMENT, 10);
  channel.send(value(1), null);
  assert.ok(channel.isIdle);
  assert.equal(channel.drops.takeReport(0), [{ type: 'limit', of: 'volatile', reason: 'not-open', dropped: 1 }]);
});

sending('is counted when it is one key too many', () => {
  const channel = new VolatileChannel(ANNOUNCEMENT, 2);
  for (const key of ['a', 'b', 'c', 'd']) channel.send(value(1, key), ANNOUNCEMENT);
  assert.equal(channel.drops.takeReport(0), [{ type: 'limit', of: 'volatile', reason: 'outbox-keys', dropped: 2 }]);
});

sending('is dropped, and counted, when it waits at the end', () => {
  const channel = new VolatileChannel(ANNOUNCEMENT, 10);
  channel.send(value(1, 'a'), ANNOUNCEMENT);
  channel.send(value(1, 'b'), ANNOUNCEMENT);
  assert.not.ok(channel.isIdle);
  assert.equal(channel.end(), [{ type: 'limit', of: 'volatile', reason: 'not-open', dropped: 2 }]);
  assert.ok(channel.isIdle);
});
sending.run();

const receiving = suite('a volatile value that is received');

for (const [messageMaxBytes, maxBytes] of [
  [1_048_576, 16_384],
  [50, 50],
] as const) {
  receiving(`may have ${maxBytes} bytes, and not one more`, () => {
    const channel = new VolatileChannel({ ...ANNOUNCEMENT, messageMaxBytes }, 10);
    const frame = { type: FrameType.VOLATILE, ack: null, ...value(maxBytes) } as const;
    channel.receive(frame);
    assert.is(channel.inbox.takeReady().length, 1);
    const isTooLarge = isError('ERR_HW_FRAME_TOO_LARGE', 'remote', /a volatile value/);
    assert.throws(() => channel.receive({ ...frame, ...value(maxBytes + 1) }), isTooLarge);
  });
}

receiving('is counted when it is one key too many', () => {
  const channel = new VolatileChannel(ANNOUNCEMENT, 2);
  for (const key of ['a', 'b', 'c']) channel.receive({ type: FrameType.VOLATILE, ack: null, ...value(1, key) });
  assert.equal(channel.drops.takeReport(0), [{ type: 'limit', of: 'volatile', reason: 'inbox-keys', dropped: 1 }]);
});
receiving.run();
