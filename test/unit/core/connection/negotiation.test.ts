import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  agreedSilenceMs,
  assertCommonVersion,
  assertSameCodec,
} from '../../../../packages/core/src/connection/negotiation.ts';
import { HEARTBEAT_PRESETS } from '../../../../packages/core/src/connection/heartbeat-preset.ts';
import { announcementOf } from '../../../support/connection-pair.ts';
import { isError } from '../../../support/is-error.ts';
import { GREETING } from '../../../support/greetings.ts';

const negotiation = suite('negotiation');

const announce = (changes: Parameters<typeof announcementOf>[1] = {}): ReturnType<typeof announcementOf> =>
  announcementOf(HEARTBEAT_PRESETS.default, changes);

for (const [versionMin, versionMax] of [
  [1, 1],
  [1, 2],
  [1, 2 ** 32],
] as const) {
  negotiation(`a client that speaks ${versionMin} to ${versionMax} is understood`, () => {
    assertCommonVersion({ versionMin, versionMax, announcement: announce(), ...GREETING });
  });
}

for (const [versionMin, versionMax] of [
  [2, 2],
  [2, 5],
  [2, 1],
] as const) {
  negotiation(`a client that speaks ${versionMin} to ${versionMax} is not`, () => {
    const hello = { versionMin, versionMax, announcement: announce(), ...GREETING };
    assert.throws(
      () => assertCommonVersion(hello),
      isError('ERR_HW_VERSION', new RegExp(`${versionMin} to ${versionMax}`)),
    );
  });
}

negotiation('the codecs must have the same name', () => {
  assertSameCodec(announce({ codec: 'json' }), announce({ codec: 'json' }));
  const isRefused = isError('ERR_HW_VERSION', /"json", this side with "msgpack"/);
  assert.throws(() => assertSameCodec(announce({ codec: 'json' }), announce()), isRefused);
});

/** What the speaker promises and its floor, what the listener wants, and what is in force. */
const SILENCES: readonly (readonly [number, number, number, number])[] = [
  [15_000, 1000, 15_000, 15_000],
  [15_000, 1000, 2000, 2000],
  [2000, 1000, 15_000, 2000],
  [15_000, 5000, 1000, 5000],
  [500, 1000, 15_000, 1000],
  [Infinity, 1000, 2000, 2000],
  [2000, 1000, Infinity, 2000],
  [Infinity, 1000, Infinity, Infinity],
  [2000, 2000, 2000, 2000],
];

for (const [promiseMs, floorMs, wantMs, expectedMs] of SILENCES) {
  negotiation(`promised ${promiseMs}, not below ${floorMs}, wanted ${wantMs}: ${expectedMs} is in force`, () => {
    // What the other side promises for itself has no say in it.
    const speaker = announce({ promiseMs, floorMs, wantMs: 7 });
    const listener = announce({ wantMs, promiseMs: 9, floorMs: 11 });
    assert.is(agreedSilenceMs(speaker, listener), expectedMs);
  });
}

negotiation.run();
