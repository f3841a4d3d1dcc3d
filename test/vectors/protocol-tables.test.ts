// The tables of PROTOCOL.md against the code: a number that is changed in one of the two places only is found here.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TRANSITIONS } from '../../packages/core/src/connection/connection-state.ts';
import { HandshakeKey, type HandshakeKey as KeyName } from '../../packages/core/src/connection/handshake-key.ts';
import { decodeHello, decodeReject, decodeWelcome } from '../../packages/core/src/connection/handshake.ts';
import { HEARTBEAT_PRESETS, type Margin } from '../../packages/core/src/connection/heartbeat-preset.ts';
import { ERROR_CODES } from '../../packages/core/src/errors/error-code.ts';
import { PONG_RATE } from '../../packages/core/src/connection/pulse.ts';
import { DEFAULT_LIMITS } from '../../packages/core/src/runtime/limits.ts';
import { DEFAULT_RESUME } from '../../packages/core/src/runtime/resume-options.ts';
import { ATTACHMENT_RATE } from '../../packages/core/src/runtime/session-register.ts';
import { WITHDRAWALS_PER_SECOND } from '../../packages/core/src/session/withdrawal-limits.ts';
import { GOODBYE_TRANSITIONS, type GoodbyeEvent } from '../../packages/core/src/session/goodbye.ts';
import { ERROR_NUMBERS } from '../../packages/core/src/wire/error-number.ts';
import { ALLOWED_FLAGS, FIRST_IGNORABLE_TYPE, Flag, FrameType } from '../../packages/core/src/wire/frame-type.ts';
import { encodeIntegerMap } from '../../packages/core/src/wire/msgpack-codec.ts';
import { PREFACE } from '../../packages/core/src/wire/preface.ts';
import { writeVarint } from '../../packages/core/src/wire/varint.ts';
import * as wireLimit from '../../packages/core/src/wire/wire-limit.ts';
import { hexOf } from '../support/hex.ts';
import { bare, section, table, type Row } from './protocol-document.ts';
import { VOID_MAX_IDS } from '../../packages/core/src/session/receiver.ts';

const tables = suite('the tables of PROTOCOL.md');

tables('§3: the varints are written as the table says', () => {
  const { rows } = table(3, ['value', 'bytes of the varint']);
  assert.is(rows.length, 8);
  for (const [value = '', hex = ''] of rows) {
    const target = new Uint8Array(8);
    assert.is(hexOf(target.subarray(0, writeVarint(target, 0, Number(value)))), bare(hex), value);
  }
});

tables('§4: the preface', () => {
  const [, magic = '', version = ''] = /magic `([0-9a-f ]+)`, then the version of the framing, `(\w\w)`/.exec(
    section(4),
  )!;
  assert.is(hexOf(Uint8Array.from(PREFACE)), `${magic}${version}`.replaceAll(' ', ''));
});

tables('§5: the types of frames and their flags', () => {
  const { rows } = table(5, ['type', 'name', 'flags', 'body']);
  assert.equal(Object.fromEntries(rows.map(([type, name]) => [name, Number(type)])), FrameType);
  const flags = rows.map(([, , cell = '']) =>
    cell === '–' ? 0 : cell.split(', ').reduce((mask, name) => mask | flagOf(name), 0),
  );
  assert.equal(flags, [...ALLOWED_FLAGS]);
});

tables('§5: the bits of the flags', () => {
  const { rows } = table(5, ['flag', 'bit', 'meaning']);
  assert.equal(Object.fromEntries(rows.map(([name, bit]) => [name, Number(bit)])), Flag);
});

tables('§5: how many names are numbered, how long they are', () => {
  assert.match(section(5), `up to ${wireLimit.NUMBERED_NAMES_MAX}.`);
  assert.match(section(5), `(1 to ${wireLimit.TYPE_NAME_MAX_BYTES} bytes; a longer one is ERROR 3)`);
});

const HANDSHAKE_COLUMNS = ['key', 'name', 'in', 'type', 'range', 'default', 'meaning'];

tables('§6: the keys of the handshake', () => {
  const rows = [6, 19].flatMap((number) => table(number, HANDSHAKE_COLUMNS).rows);
  assert.equal(Object.fromEntries(rows.map(([key, name]) => [name, Number(key)])), HandshakeKey);
});

tables('§6: what is missing has the default of the table, or is required', () => {
  for (const row of table(6, HANDSHAKE_COLUMNS).rows) {
    const [, name = '', frames = '', , , cell = ''] = row;
    for (const frame of frames.split(', ')) {
      if (cell === 'required') {
        assert.throws(() => decode(frame, name), new RegExp(name), `${frame} without ${name}`);
        continue;
      }
      const decoded = decode(frame, null)[name];
      assert.is(decoded, defaultOf(cell), `${frame} without ${name}`);
    }
  }
});

tables('§6: every value at the ends of its range is accepted, and none beyond', () => {
  for (const row of table(6, HANDSHAKE_COLUMNS).rows) {
    const [key = '', name = '', frames = '', , range = ''] = row;
    if (range === '–') continue;
    const [smallest, largest] = rangeOf(range);
    const isText = range.endsWith('bytes');
    const value = (size: number): unknown => (isText ? 'x'.repeat(size) : size);
    for (const frame of frames.split(', ')) {
      if (name !== 'version' && name !== 'versionMin') decode(frame, null, [Number(key), value(smallest)]);
      if (name !== 'version') decode(frame, null, [Number(key), value(largest)]);
      // Nothing is shorter than nothing.
      if (!isText || smallest > 0)
        assert.throws(() => decode(frame, null, [Number(key), value(smallest - 1)]), new RegExp(name), row.join());
      if (largest < Number.MAX_SAFE_INTEGER)
        assert.throws(() => decode(frame, null, [Number(key), value(largest + 1)]), new RegExp(name), row.join());
    }
  }
});

tables('§7: how large a chunk is', () => {
  assert.match(section(7), `chunks of at most ${wireLimit.CHUNK_MAX_BYTES / 1024} KiB`);
});

tables('§11: the presets of the heartbeat', () => {
  const { rows } = table(11, ['preset', 'I', 'M', 'D']);
  const read = rows.map(([name = '', interval = '', suspect = '', dead = '']) => [
    name,
    { intervalMs: milliseconds(interval), suspect: marginOf(suspect), dead: marginOf(dead) },
  ]);
  assert.equal(Object.fromEntries(read), HEARTBEAT_PRESETS);
});

tables('§12: how long a reason is', () => {
  assert.match(section(12), `\`reason\` is for people, at most ${wireLimit.REASON_MAX_BYTES} bytes`);
});

tables('§13: the codes of ERROR', () => {
  const { rows } = table(13, ['code', 'name', 'meaning']);
  assert.equal(Object.fromEntries(rows.map(([code, name]) => [code, name])), ERROR_NUMBERS);
});

tables('§13: the codes of REJECT are codes', () => {
  const { rows } = table(13, ['code', 'meaning', 'come back?']);
  assert.is(rows.length, 8);
  for (const [code = ''] of rows) assert.ok(code in ERROR_CODES, code);
});

tables('§14: the states of a connection', () => {
  const read: Record<string, Record<number, string>> = { deciding: {}, closed: {} };
  for (const [, state = '', frames = '', next = ''] of table(14, ['role', 'state', 'frame', 'next state']).rows) {
    if (state === 'any') {
      assert.equal([frames, next], ['ERROR', 'closed']);
      continue;
    }
    for (const frame of frames.split(', ')) (read[state] ??= {})[FrameType[frame as keyof typeof FrameType]] = next;
  }
  assert.equal(read, TRANSITIONS);
});

tables('§14: the two halves of the goodbye', () => {
  const read: Record<string, Record<string, Record<string, string>>> = {};
  for (const [half = '', state = '', event = '', next = ''] of table(14, ['half', 'state', 'event', 'next state'])
    .rows) {
    const states = (read[half] ??= { open: {}, goodbye: {}, done: {} });
    (states[state] ??= {})[eventOf(event)] = next;
  }
  assert.equal(read, GOODBYE_TRANSITIONS);
});

tables('§15: the limits', () => {
  const { rows } = table(15, ['limit', 'default', 'announced', 'beyond it']);
  const read = Object.fromEntries(rows.map(([limit, size = '']) => [limit, quantity(size)]));
  assert.equal(read, {
    'handshake time': DEFAULT_LIMITS.handshakeTimeout,
    'handshake body': wireLimit.HANDSHAKE_MAX_BYTES,
    'frame length': DEFAULT_LIMITS.frameMaxBytes,
    'message payload': DEFAULT_LIMITS.messageMaxBytes,
    'type name': wireLimit.TYPE_NAME_MAX_BYTES,
    'numbered type names per direction': wireLimit.NUMBERED_NAMES_MAX,
    'unsettled messages': DEFAULT_LIMITS.windowMessages,
    'unsettled payload bytes': DEFAULT_LIMITS.windowBytes,
    'outstanding requests': DEFAULT_LIMITS.maxRequests,
    'payload bytes in flight': DEFAULT_LIMITS.inFlightMaxBytes,
    'payload bytes that a server keeps for all sessions': DEFAULT_LIMITS.totalBytes,
    'payload bytes that arrived untold': wireLimit.UNTOLD_MAX_BYTES,
    'ranges, refusals per ACK': wireLimit.DETAIL_MAX_ENTRIES,
    'refusal code': wireLimit.REFUSAL_CODE_MAX_BYTES,
    'refusal data': wireLimit.REFUSAL_DATA_MAX_BYTES,
    'volatile value': wireLimit.VOLATILE_MAX_BYTES,
    'key of a volatile value': wireLimit.VOLATILE_KEY_MAX_BYTES,
    'types and keys of volatile values that wait, on each side': DEFAULT_LIMITS.volatileMaxKeys,
    'payload nesting': wireLimit.PAYLOAD_MAX_DEPTH,
    'time for one frame': DEFAULT_LIMITS.frameTimeout,
    goodbye: 5000,
    'session without a connection': DEFAULT_RESUME.window,
    'unacknowledged refusals': 8 * DEFAULT_LIMITS.windowMessages,
    'ids in one VOID': VOID_MAX_IDS,
    'ids in all VOIDs of one connection': DEFAULT_LIMITS.windowMessages,
    'CANCELs on one connection': DEFAULT_LIMITS.windowMessages + DEFAULT_LIMITS.maxRequests,
    'PONGs on one connection': PONG_RATE.burst,
    'connections that one session is resumed on': ATTACHMENT_RATE.burst,
    'sessions without a connection': DEFAULT_RESUME.maxSessions,
    'what they hold together': DEFAULT_RESUME.maxBytes,
    'sessions of one principal, if principals are told apart': DEFAULT_RESUME.maxPerPrincipal,
    'unsettled answers': 8 * DEFAULT_LIMITS.maxRequests,
  });
  const perSecond = rows.flatMap(([limit = '', size = '']) => {
    const rate = /and (\d+) a second$/.exec(size);
    return rate === null ? [] : [[limit.split(' ')[0], Number(rate[1])]];
  });
  assert.equal(perSecond, [
    ['ids', WITHDRAWALS_PER_SECOND],
    ['CANCELs', WITHDRAWALS_PER_SECOND],
    ['PONGs', PONG_RATE.perSecond],
    ['connections', ATTACHMENT_RATE.perSecond],
  ]);
});

tables('§15: what is announced are the limits of the handshake, with the same defaults', () => {
  const announced = table(15, ['limit', 'default', 'announced', 'beyond it'])
    .rows.filter(([, , isAnnounced]) => isAnnounced === 'yes')
    .map(([, size = '']) => quantity(size));
  const { frameMaxBytes, messageMaxBytes, windowMessages, windowBytes, maxRequests } = decodeHello(map()).announcement;
  assert.equal(announced, [frameMaxBytes, messageMaxBytes, windowMessages, windowBytes, maxRequests]);
});

tables('§20: how large a volatile value is, and how many wait', () => {
  assert.match(section(20), `MUST NOT be larger than ${wireLimit.VOLATILE_MAX_BYTES / 1024} KiB`);
  assert.match(section(20), `values of at most ${DEFAULT_LIMITS.volatileMaxKeys} slots`);
});

tables('§17: which types may be skipped', () => {
  assert.match(section(17), `Types ${FIRST_IGNORABLE_TYPE} to 31 are *ignorable*`);
  assert.match(section(17), `Frame types ${ALLOWED_FLAGS.length} to ${FIRST_IGNORABLE_TYPE - 1} are *critical*`);
});

tables.run();

function flagOf(name: string): number {
  return Flag[name as keyof typeof Flag];
}

function map(...entries: readonly (readonly [number, unknown])[]): Uint8Array {
  return encodeIntegerMap(new Map(entries));
}

/** A handshake with what it needs, without the key of this name, and with this entry. */
function decode(
  frame: string,
  without: string | null,
  ...entries: readonly (readonly [number, unknown])[]
): Record<string, unknown> {
  const needed: [KeyName, unknown][] = [
    ['version', 1],
    ['session', 's1'],
  ];
  const base: [KeyName, unknown][] = frame === 'WELCOME' ? needed : frame === 'REJECT' ? [['code', 'x']] : [];
  const kept = base
    .filter(([name]) => name !== without)
    .map(([name, value]): [number, unknown] => [HandshakeKey[name], value]);
  // A message of more bytes than the window is no announcement at all.
  const room: [number, unknown][] = entries.some(([key]) => key === HandshakeKey.windowBytes)
    ? [[HandshakeKey.messageMaxBytes, 1]]
    : [];
  const body = map(...kept, ...room, ...entries);
  if (frame === 'REJECT') return { ...decodeReject(body) };
  const { announcement, ...others } = frame === 'HELLO' ? decodeHello(body) : decodeWelcome(body);
  return { ...others, ...announcement };
}

function defaultOf(cell: string): unknown {
  if (cell === 'none') return null;
  if (cell === 'empty') return '';
  if (cell.startsWith('`')) return bare(cell);
  return Number.parseInt(cell, 10);
}

/** The range of `windowBytes` begins at messageMaxBytes, which `decode` sets to 1. */
function rangeOf(cell: string): [number, number] {
  const [, smallest = '', largest = ''] = /^(\S+) to (\S+(?: − 1)?)/.exec(cell)!;
  return [smallest === 'messageMaxBytes' ? 1 : Number(smallest), power(largest)];
}

function power(text: string): number {
  const [, exponent, minusOne] = /^2\^(\d+)( − 1)?$/.exec(text) ?? [];
  return exponent === undefined ? Number(text) : 2 ** Number(exponent) - (minusOne === undefined ? 0 : 1);
}

/** `63 · RTO0 + srtt + 1000 ms, 15000 to 30000 ms`, or a time alone. */
function marginOf(cell: string): Margin {
  const [sum = '', bounds] = cell.split(', ');
  if (bounds === undefined) {
    const ms = milliseconds(sum);
    return { factor: 0, srttFactor: 0, extraMs: 0, minMs: ms, maxMs: ms };
  }
  const terms = sum.split(' + ');
  const [, minMs, maxMs] = /^(\d+) to (\d+) ms$/.exec(bounds)!;
  return {
    factor: Number(/^(\d+) · RTO0$/.exec(terms[0]!)![1]),
    srttFactor: terms.includes('srtt') ? 1 : 0,
    extraMs: terms.filter((term) => term.endsWith(' ms')).reduce((total, term) => total + milliseconds(term), 0),
    minMs: Number(minMs),
    maxMs: Number(maxMs),
  };
}

function milliseconds(text: string): number {
  return Number(/^(\d+) ms$/.exec(text)![1]);
}

const UNITS: Readonly<Record<string, number>> = { s: 1000, KiB: 1024, MiB: 1024 * 1024, bytes: 1, each: 1 };

/** A size in bytes, a time in milliseconds, or a count. */
function quantity(text: string): number {
  const [number = '', unit] = text.split(',')[0]!.split(' ');
  return Number(number) * (unit === undefined ? 1 : UNITS[unit]!);
}

function eventOf(text: Row[number]): GoodbyeEvent {
  const [, frame = ''] = /(GOODBYE(?:_ACK)?)/.exec(text)!;
  const act = text.startsWith('we write') ? 'write' : 'receive';
  return `${act}-${frame.toLowerCase().replace('_', '-')}` as GoodbyeEvent;
}
