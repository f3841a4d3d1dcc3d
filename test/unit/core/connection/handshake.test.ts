import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HandshakeKey, type HandshakeKey as KeyName } from '../../../../packages/core/src/connection/handshake-key.ts';
import {
  decodeHello,
  decodeReject,
  decodeWelcome,
  encodeHello,
  encodeReject,
  encodeWelcome,
  type Announcement,
} from '../../../../packages/core/src/connection/handshake.ts';
import { HEARTBEAT_PRESETS } from '../../../../packages/core/src/connection/heartbeat-preset.ts';
import { decodeIntegerMap, encodeIntegerMap } from '../../../../packages/core/src/wire/msgpack-codec.ts';
import { announcementOf } from '../../../support/connection-pair.ts';
import { bytesOf, hexOf } from '../../../support/hex.ts';
import { isError } from '../../../support/is-error.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';
import { GREETING, answerOf } from '../../../support/greetings.ts';

type Entries = readonly (readonly [number, unknown])[];
type FrameKind = 'HELLO' | 'WELCOME' | 'REJECT';

const ANNOUNCEMENT = announcementOf(HEARTBEAT_PRESETS.default);
const BOTH: readonly FrameKind[] = ['HELLO', 'WELCOME'];
const HUGE = 2 ** 32;

const INTEGERS: readonly (readonly [KeyName, readonly FrameKind[], number, number])[] = [
  ['versionMin', ['HELLO'], 1, HUGE],
  ['versionMax', ['HELLO'], 1, HUGE],
  ['frameMaxBytes', BOTH, 1024, HUGE],
  ['messageMaxBytes', BOTH, 1, HUGE],
  ['windowMessages', BOTH, 1, 32_768],
  ['windowBytes', BOTH, 1_048_576, Number.MAX_SAFE_INTEGER],
  ['maxRequests', BOTH, 1, 32_768],
  ['promiseMs', BOTH, 0, HUGE],
  ['wantMs', BOTH, 0, HUGE],
  ['floorMs', BOTH, 1, HUGE],
  ['retryAfterMs', ['REJECT'], 0, HUGE],
];

const fields = suite('fields of the handshake');

for (const [name, frames, min, max] of INTEGERS) {
  for (const frame of frames) {
    fields(`${frame}: ${name} is an integer from ${min} to ${max}`, () => {
      for (const value of [min, max]) {
        const expected = value === 0 && /promise|want/.test(name) ? Infinity : value;
        assert.is(decode(frame, [[HandshakeKey[name], value]])[name], expected);
        assert.is(decode(frame, [[HandshakeKey[name], BigInt(value)]])[name], expected, 'as an integer of 64 bits');
      }
      const wrong = [
        min - 1,
        max + 1,
        1.5,
        Number.NaN,
        Infinity,
        -1,
        2n ** 64n - 1n,
        'x',
        true,
        [1],
        new Map(),
        Uint8Array.of(1),
      ];
      for (const value of wrong) assertRefused(frame, [[HandshakeKey[name], value]], name);
    });
  }
}

const TEXTS: readonly (readonly [KeyName, readonly FrameKind[], number, number])[] = [
  ['session', ['WELCOME'], 1, 64],
  ['name', BOTH, 0, 128],
  ['codec', BOTH, 1, 64],
  ['code', ['REJECT'], 1, 64],
  ['message', ['REJECT'], 0, 256],
];

for (const [name, frames, min, max] of TEXTS) {
  for (const frame of frames) {
    // They were counted in units of UTF-16, so that three times as many bytes got through.
    fields(`${frame}: ${name} is a string of ${min} to ${max} bytes`, () => {
      for (const text of ['x'.repeat(max), '🎈'.repeat(max / 4), 'x'.repeat(Math.max(1, min))]) {
        assert.is(decode(frame, [[HandshakeKey[name], text]])[name], text);
      }
      const wrong = ['x'.repeat(max + 1), `${'🎈'.repeat(max / 4)}.`, 7, true, [1], Uint8Array.of(65)];
      if (min > 0) wrong.push('');
      for (const value of wrong) assertRefused(frame, [[HandshakeKey[name], value]], name);
    });
  }
}

fields('HELLO: auth is binary of any size, also none', () => {
  for (const size of [0, 1, 8000]) {
    assert.is((decode('HELLO', [[HandshakeKey.auth, new Uint8Array(size)]])['auth'] as Uint8Array).length, size);
  }
  for (const value of ['secret', 7, true, [1], new Map()]) assertRefused('HELLO', [[HandshakeKey.auth, value]], 'auth');
});

fields('WELCOME: another version than ours is told apart from nonsense', () => {
  assert.throws(
    () => decode('WELCOME', [[HandshakeKey.version, 2]]),
    isError('ERR_HW_VERSION', /the server chose version 2/),
  );
  for (const value of [0, 1.5, 'x', HUGE + 1]) assertRefused('WELCOME', [[HandshakeKey.version, value]], 'version');
});

for (const [frame, name] of [
  ['WELCOME', 'version'],
  ['WELCOME', 'session'],
  ['REJECT', 'code'],
] as const) {
  fields(`${frame}: ${name} may not be missing`, () => {
    assertRefused(frame, [[HandshakeKey[name], undefined]], name);
    assertRefused(frame, [[HandshakeKey[name], null]], name);
  });
}

fields('windowBytes is never below messageMaxBytes', () => {
  const { messageMaxBytes, windowBytes } = HandshakeKey;
  assertRefused(
    'HELLO',
    [
      [messageMaxBytes, 2000],
      [windowBytes, 1999],
    ],
    'windowBytes',
  );
  assert.is(
    decode('HELLO', [
      [messageMaxBytes, 2000],
      [windowBytes, 2000],
    ])['windowBytes'],
    2000,
  );
  assert.is(decode('HELLO', [[messageMaxBytes, 2 ** 25]])['windowBytes'], 2 ** 25, 'not even by default');
});

fields('what is missing, or nil, has its default', () => {
  const announced = Object.keys(ANNOUNCEMENT).map((name): [number, null] => [HandshakeKey[name as KeyName], null]);
  for (const entries of [[], announced]) {
    for (const frame of BOTH) assert.equal(announcementIn(decode(frame, entries)), ANNOUNCEMENT);
  }
  const { versionMin, versionMax, auth } = decode('HELLO', []);
  assert.equal([versionMin, versionMax, auth], [1, 1, null]);
  assert.equal(decode('REJECT', []), { code: 'x', message: '', retryAfterMs: null, tombstone: null });
});

fields.run();

const unknown = suite('unknown keys');

for (const frame of BOTH) {
  unknown(`${frame}: one below 64 is critical`, () => {
    for (const key of [11, 15, 21, 63, -1, -1000]) {
      assert.throws(() => decode(frame, [[key, 1]]), isError('ERR_HW_VERSION', new RegExp(`critical key ${key}`)));
    }
  });

  unknown(`${frame}: one of 64 or more is ignored, whatever its value`, () => {
    for (const key of [64, 65, 65_535, 65_536, 2 ** 32 - 1]) {
      for (const value of [0, -1, 1.5, 'x', null, [1, [2]], new Map([[1, new Map()]]), new Uint8Array(9)]) {
        assert.equal(announcementIn(decode(frame, [[key, value]])), ANNOUNCEMENT);
      }
    }
  });
}

unknown('one that does not fit a number is ignored, too', () => {
  decodeHello(bytesOf('81 cfffffffffffffffff 00'));
});

unknown('a key of another frame is unknown', () => {
  for (const [frame, keys] of [
    ['HELLO', [2, 6, 10, 40, 41, 42]],
    ['WELCOME', [0, 1, 5, 9, 32, 40, 41, 42]],
  ] as const) {
    for (const key of keys) assert.throws(() => decode(frame, [[key, 1]]), isError('ERR_HW_VERSION', /critical key/));
  }
});

unknown('REJECT ignores all of them: it is the end anyway', () => {
  assert.equal(
    decode('REJECT', [
      [4, 1],
      [63, 'x'],
      [64, null],
    ]),
    { code: 'x', message: '', retryAfterMs: null, tombstone: null },
  );
});

for (const hex of ['', 'c0', '90', '81', '8000', '81a13001', '82 0001 0001', '81 40 d40100', '81 40 c1']) {
  unknown(`${hex || 'nothing'} is no handshake`, () => {
    for (const act of [decodeHello, decodeWelcome, decodeReject]) {
      assert.throws(() => act(bytesOf(hex)), isError('ERR_HW_MALFORMED_FRAME', /not one plain MessagePack map/));
    }
  });
}

unknown.run();

const writing = suite('writing the handshake');

const UNUSUAL: Announcement = {
  frameMaxBytes: 2048,
  messageMaxBytes: 100_000,
  windowMessages: 7,
  windowBytes: 2 ** 40,
  maxRequests: 3,
  promiseMs: Infinity,
  wantMs: 5000,
  floorMs: 50,
  name: 'bot 🎈',
  codec: 'cbor',
};

for (const announcement of [
  ANNOUNCEMENT,
  UNUSUAL,
  { ...UNUSUAL, promiseMs: 1, wantMs: Infinity, windowBytes: Number.MAX_SAFE_INTEGER },
]) {
  writing(`what is announced arrives as it was meant: ${announcement.codec}, ${announcement.windowBytes}`, () => {
    const { next } = new SeededRandom(1);
    const hello = { versionMin: 1, versionMax: 3, announcement, ...GREETING, auth: Uint8Array.of(1, 2) };
    const read = decodeHello(encodeHello(hello, next));
    assert.equal({ ...read, auth: hexOf(read.auth!) }, { ...hello, auth: '0102' });
    const welcome = { ...answerOf('s1'), announcement };
    assert.equal(decodeWelcome(encodeWelcome(welcome, next)), welcome);
  });
}

writing('HELLO and WELCOME hold one random key that everybody must ignore', () => {
  const { next } = new SeededRandom(1);
  const seen = new Set<unknown>();
  for (let turn = 0; turn < 200; turn += 1) {
    const hello = encodeHello({ versionMin: 1, versionMax: 1, announcement: ANNOUNCEMENT, ...GREETING }, next);
    const welcome = encodeWelcome({ ...answerOf('s'), announcement: ANNOUNCEMENT }, next);
    for (const body of [hello, welcome]) {
      const ignorable = [...decodeIntegerMap(body)].filter(([key]) => key >= 64);
      assert.is(ignorable.length, 1);
      const [key, value] = ignorable[0]!;
      assert.ok(key <= 65_535 && Number.isInteger(value) && (value as number) >= 0 && (value as number) < 128);
      seen.add(key);
    }
  }
  assert.ok(seen.size > 350);
});

writing('the random key stays in its range at both ends of the random numbers', () => {
  const keys = [0, 1 - 2 ** -32].map((fraction) => {
    const body = encodeWelcome({ ...answerOf('s'), announcement: ANNOUNCEMENT }, () => fraction);
    return Math.max(...[...decodeIntegerMap(body).keys()].map(Number));
  });
  assert.equal(keys, [64, 65_535]);
});

writing('REJECT holds what it was given', () => {
  const reject = { code: 'ERR_HW_BUSY', message: 'later', retryAfterMs: 5000, tombstone: null };
  assert.equal(decodeReject(encodeReject(reject)), reject);
  assert.equal(decodeReject(encodeReject({ ...reject, retryAfterMs: null })), { ...reject, retryAfterMs: null });
  assert.is(decodeReject(encodeReject({ ...reject, retryAfterMs: 0 })).retryAfterMs, 0);
});

writing('REJECT holds what is known of a session that is over', () => {
  const tombstone = { received: 9, digest: 7, isGoodbyeDone: true, lastWords: bytesOf('30 0009 00 00') };
  const reject = { code: 'ERR_HW_RESUME_UNKNOWN', message: '', retryAfterMs: null, tombstone };
  assert.equal(decodeReject(encodeReject(reject)), reject);
});

// The message about a codec that the peer had named could be longer than the peer was to accept.
writing('the message of REJECT is cut to 256 bytes, between characters', () => {
  const { message } = decodeReject(
    encodeReject({ code: 'x', message: '🎈'.repeat(100), retryAfterMs: null, tombstone: null }),
  );
  assert.is(message, '🎈'.repeat(64));
});

writing.run();

/** A handshake that holds what it needs, and these entries; one that is undefined is left out. */
function decode(frame: FrameKind, entries: Entries): Record<string, unknown> {
  const needed: Entries = {
    HELLO: [],
    WELCOME: [
      [2, 1],
      [3, 's1'],
    ] as const,
    REJECT: [[40, 'x']] as const,
  }[frame];
  const map = new Map([...needed, ...entries].filter(([, value], index, all) => value !== undefined || !all[index]));
  for (const [key, value] of entries) if (value === undefined) map.delete(key);
  const body = encodeIntegerMap(map);
  if (frame === 'REJECT') return { ...decodeReject(body) };
  const { announcement, ...others } = frame === 'HELLO' ? decodeHello(body) : decodeWelcome(body);
  return { ...others, ...announcement };
}

function announcementIn(decoded: Record<string, unknown>): unknown {
  return Object.fromEntries(Object.keys(ANNOUNCEMENT).map((name) => [name, decoded[name]]));
}

function assertRefused(frame: FrameKind, entries: Entries, name: string): void {
  const text = new RegExp(`${frame}: ${name} must be`);
  assert.throws(
    () => decode(frame, entries),
    isError('ERR_HW_MALFORMED_FRAME', text),
    `${name} ${String(entries[entries.length - 1]?.[1])}`,
  );
}
