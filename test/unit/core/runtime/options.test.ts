import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HEARTBEAT_PRESETS } from '../../../../packages/core/src/connection/heartbeat-preset.ts';
import { HeartwireError } from '../../../../packages/core/src/errors/heartwire-error.ts';
import { systemClock } from '../../../../packages/core/src/runtime/clock.ts';
import { resolveOptions, type CommonOptions } from '../../../../packages/core/src/runtime/options.ts';
import { msgpackCodec } from '../../../../packages/core/src/wire/msgpack-codec.ts';

const defaults = suite('the options');

defaults('have a default each', () => {
  const { heartbeat, confirm, unhandled, codec, clock, announcement, limits } = resolveOptions({});
  assert.is(heartbeat, HEARTBEAT_PRESETS.default);
  assert.equal([confirm, unhandled], ['handled', 'refuse']);
  assert.is(codec, msgpackCodec);
  assert.is(clock, systemClock);
  assert.is(limits.windowMessages, 4096);
  assert.equal(announcement, {
    frameMaxBytes: 65_536,
    messageMaxBytes: 1_048_576,
    windowMessages: 4096,
    windowBytes: 16_777_216,
    maxRequests: 256,
    promiseMs: 15_000,
    wantMs: 15_000,
    floorMs: 1000,
    name: null,
    codec: 'msgpack',
  });
});

defaults('give numbers from 0 up to 1 where nobody gives others', () => {
  const { random } = resolveOptions({});
  for (let count = 0; count < 100; count += 1) {
    const number = random();
    assert.ok(number >= 0 && number < 1);
  }
});

defaults('are frozen, and the caller’s object is left as it is', () => {
  const given = Object.freeze({ confirm: 'delivered' } as const);
  const resolved = resolveOptions(given);
  assert.ok(Object.isFrozen(resolved));
  assert.is(resolved.confirm, 'delivered');
  assert.equal(given, { confirm: 'delivered' });
});

defaults('announce what they limit, and the names of program and codec', () => {
  const codec = { name: 'json', encode: () => new Uint8Array(0), decode: () => null };
  const { announcement } = resolveOptions({ limits: { windowMessages: 7 }, name: 'chat 1.0', codec });
  assert.equal([announcement.windowMessages, announcement.name, announcement.codec], [7, 'chat 1.0', 'json']);
});
defaults.run();

const heartbeats = suite('the heartbeat');

for (const [preset, floorMs] of [
  ['default', 1000],
  ['game', 1000],
  ['lan', 1000],
  ['mobile', 1000],
] as const) {
  heartbeats(`"${preset}" is promised and wanted`, () => {
    const { heartbeat, announcement } = resolveOptions({ heartbeat: preset });
    assert.is(heartbeat, HEARTBEAT_PRESETS[preset]);
    const { promiseMs, wantMs } = announcement;
    assert.equal([promiseMs, wantMs, announcement.floorMs], [heartbeat.intervalMs, heartbeat.intervalMs, floorMs]);
  });
}

heartbeats('may be left out: nothing is promised or wanted', () => {
  const { heartbeat, announcement } = resolveOptions({ heartbeat: false });
  assert.is(heartbeat.intervalMs, Infinity);
  assert.equal([announcement.promiseMs, announcement.wantMs, announcement.floorMs], [Infinity, Infinity, 1000]);
});
heartbeats.run();

const mistakes = suite('a mistake in the options');

const long = 'ä'.repeat(65);
for (const [title, given, named] of [
  ['a heartbeat', { heartbeat: 'fast' }, 'heartbeat is "fast", not one of default, game, lan, mobile'],
  ['an unknown confirmation', { confirm: 'sent' }, 'confirm is "sent", not one of handled, delivered'],
  ['an unknown way with the unhandled', { unhandled: 'drop' }, 'unhandled is "drop", not one of refuse, hold'],
  ['a name that is too long', { name: long }, 'name is longer than 128 bytes'],
  ['a limit', { limits: { windowMessages: 0 } }, 'limits.windowMessages is 0'],
] as const) {
  mistakes(`names itself: ${title}`, () => {
    assert.throws(
      () => resolveOptions(given as unknown as CommonOptions),
      (error: unknown) =>
        error instanceof HeartwireError &&
        error.code === 'ERR_HW_OPTION' &&
        error.by === 'local' &&
        error.message.includes(named),
    );
  });
}

mistakes('is not made by the longest name', () => {
  assert.is(resolveOptions({ name: 'ä'.repeat(64) }).announcement.name?.length, 64);
});
mistakes.run();
