/** Every way in which an attempt to resume a session can be wrong, and what it has to be answered with. */
import { decodeHello } from '../../packages/core/src/connection/handshake.ts';
import { encodePayload } from '../../packages/core/src/runtime/payload.ts';
import { encodeIntegerMap, msgpackCodec } from '../../packages/core/src/wire/msgpack-codec.ts';
import { FrameType } from '../../packages/core/src/wire/frame-type.ts';
import { FrameWriter } from '../../packages/core/src/wire/frame-writer.ts';
import { HANDSHAKE_MAX_BYTES } from '../../packages/core/src/wire/wire-limit.ts';
import { PREFACE } from '../../packages/core/src/wire/preface.ts';
import { joined } from './hex.ts';
import type { Credentials, ResumeStage, Victim } from './resume-stage.ts';
import type { SeededRandom } from './seeded-random.ts';

export interface Attack {
  /** What goes over the link, in one piece. */
  readonly bytes: Uint8Array;
  /** What it may be answered with. */
  readonly answers: readonly string[];
  /** The attacker's direction ends at once. */
  readonly endsAtOnce?: boolean;
  /** `authenticate` waits for this gate. */
  readonly gate?: number;
  /** The attacker is gone before the gate opens. */
  readonly isAbandoned?: boolean;
}

/** Where an attack aims, and what it is made of. */
export interface Aim {
  readonly stage: ResumeStage;
  readonly victim: Victim;
  readonly random: SeededRandom;
  /** A number that no other attack has. */
  readonly number: number;
  /** Who the attacker says to be; default: the victim. */
  readonly credentials?: Credentials;
}

const UNKNOWN = ['REJECT ERR_HW_RESUME_UNKNOWN'];
const STALE = ['REJECT ERR_HW_RESUME_STALE'];
const MISMATCH = ['REJECT ERR_HW_RESUME_MISMATCH'];
const MALFORMED = ['ERROR ERR_HW_MALFORMED_FRAME'];
const VERSION = ['REJECT ERR_HW_VERSION'];

const KEY = { versionMin: 0, versionMax: 1, session: 3, token: 4, attempt: 5, received: 6, digest: 7, goodbye: 8 };
const AUTH = 32;
const CODEC = 34;

type Change = (map: Map<number, unknown>, aim: Aim) => void;

/** One that differs from what the rightful client would say in `change` alone. */
function changed(answers: readonly string[], change: Change): (aim: Aim) => Attack {
  return (aim) => {
    const map = rightful(aim);
    change(map, aim);
    return { bytes: framed(map), answers };
  };
}

export const ATTACKS: Readonly<Record<string, (aim: Aim) => Attack>> = {
  'wrong token': changed(UNKNOWN, (map, { random, stage, victim }) => {
    const { token } = stage.resumptionOf(victim);
    const damaged = token.slice();
    damaged[random.integer(0, 31)]! ^= 1 << random.integer(0, 7);
    map.set(KEY.token, random.pick([damaged, random.bytes(32), new Uint8Array(32)]));
  }),
  'token of another session': changed(UNKNOWN, (map, { stage, victim }) => {
    const other = victim === stage.other ? stage.away : stage.other;
    map.set(KEY.token, stage.resumptionOf(other).token);
  }),
  'unknown session': changed(UNKNOWN, (map, { random }) => {
    map.set(KEY.session, random.pick(['x', 'ff'.repeat(16), 'x'.repeat(64), '__proto__']));
  }),
  'other principal': changed(UNKNOWN, (map, { stage, victim }) => {
    map.set(AUTH, credentials({ who: victim === stage.other ? 'anna' : 'bert' }));
  }),
  'revoked credentials': changed(['REJECT ERR_HW_AUTH'], (map, { victim }) => {
    map.set(AUTH, credentials({ who: victim.who, isRevoked: true }));
  }),
  'no credentials': changed(['REJECT ERR_HW_AUTH'], (map) => map.delete(AUTH)),
  'credentials that cannot be read': changed(['REJECT ERR_HW_AUTH'], (map) => map.set(AUTH, Uint8Array.of(0xc1))),
  'the last attempt again': changed(STALE, (map, { stage, victim }) => map.set(KEY.attempt, stage.attemptOf(victim))),
  'a lower attempt': changed(STALE, (map, { random, stage, victim }) => {
    map.set(KEY.attempt, random.integer(1, stage.attemptOf(victim)));
  }),
  'no attempt': changed(STALE, (map) => map.delete(KEY.attempt)),
  'an attempt out of range': changed(MALFORMED, (map, { random }) => {
    map.set(KEY.attempt, random.pick([0, -1, 1.5, 2 ** 53, -(2 ** 40)]));
  }),
  'a position beyond what was sent': changed(MISMATCH, (map, { random, stage, victim }) => {
    const { received } = stage.resumptionOf(victim);
    map.set(KEY.received, random.pick([received + 100, 65_536 + received, 2 ** 53 - 1]));
  }),
  'a position below what was acknowledged': changed(MISMATCH, (map, { random, stage, victim }) => {
    map.set(KEY.received, random.integer(0, stage.resumptionOf(victim).received - 1));
  }),
  'another digest': changed(MISMATCH, (map, { random, stage, victim }) => {
    map.set(KEY.digest, (stage.resumptionOf(victim).digest ^ (1 << random.integer(0, 31))) >>> 0);
  }),
  'a goodbye that nobody said': changed(MISMATCH, (map) => map.set(KEY.goodbye, 1)),
  'a key that is missing': changed(MALFORMED, (map, { random }) => {
    map.delete(random.pick([KEY.token, KEY.received, KEY.digest]));
  }),
  'a value of a wrong type': changed(MALFORMED, (map, { random }) => {
    const key = random.pick([KEY.session, KEY.token, KEY.attempt, KEY.received, KEY.digest, KEY.goodbye, AUTH]);
    const right = typeof map.get(key);
    const wrong = [true, 'text', 1.5, [1], new Map([[1, 2]]), new Uint8Array(3)];
    map.set(key, random.pick(wrong.filter((value) => isWrong(value, key, right))));
  }),
  'a value out of range': changed(MALFORMED, (map, { random }) => {
    const [key, value] = random.pick<readonly [number, unknown]>([
      [KEY.session, ''],
      [KEY.session, 'x'.repeat(65)],
      [KEY.token, new Uint8Array(31)],
      [KEY.token, new Uint8Array(33)],
      [KEY.received, -1],
      [KEY.received, 2 ** 53],
      [KEY.digest, 2 ** 32],
      [KEY.digest, -1],
      [KEY.goodbye, 2],
    ]);
    map.set(key, value);
  }),
  'a key that is critical and unknown': changed(VERSION, (map, { random }) => {
    map.set(random.pick([2, 10, 11, 15, 35, 40, 63]), 1);
  }),
  'another version or codec': changed(VERSION, (map, { random }) => {
    if (random.next() < 0.5) map.set(CODEC, 'json');
    else map.set(KEY.versionMin, 2).set(KEY.versionMax, 3);
  }),
  'a body that is no map': ({ random }) => {
    const body = random.pick([Uint8Array.of(0xc0), Uint8Array.of(0x91, 1), random.bytes(40), new Uint8Array(0)]);
    return { bytes: helloFrame(body), answers: MALFORMED };
  },
  // A map of two entries with the same key.
  'a key twice': () => ({ bytes: helloFrame(Uint8Array.of(0x82, 5, 1, 5, 2)), answers: MALFORMED }),
  'a frame behind a good HELLO': (aim) => {
    const writer = new FrameWriter();
    aim.random.pick([
      () => writer.ping(0, null),
      () => writer.cancel(1),
      () => writer.message(FrameType.MESSAGE, 1, 'say', { bytes: Uint8Array.of(1), start: 0, end: 1 }, false, null),
      () => writer.goodbye(0, true, 0, ''),
      () => writer.refusalAck(1),
      () => writer.ack({ received: 0, unsettled: 0, delayTicks: 0 }, null),
    ])();
    return { bytes: joined([framed(rightful(aim)), writer.take()!]), answers: ['ERROR ERR_HW_UNEXPECTED_FRAME'] };
  },
  'two good HELLOs on one connection': (aim) => {
    const hello = framed(rightful(aim));
    return { bytes: joined([hello, hello.subarray(PREFACE.length)]), answers: ['ERROR ERR_HW_UNEXPECTED_FRAME'] };
  },
  'a good HELLO cut short': (aim) => {
    const hello = framed(rightful(aim));
    const bytes = hello.subarray(0, aim.random.integer(1, hello.length - 1));
    // Nothing but the preface is no broken frame.
    const isOnlyPreface = bytes.length === PREFACE.length;
    return { bytes, endsAtOnce: true, answers: [isOnlyPreface ? 'silence' : 'ERROR ERR_HW_ABORTED'] };
  },
  'a good HELLO that is one byte too large': (aim) => ({
    bytes: framed(padded(rightful(aim), HANDSHAKE_MAX_BYTES + 1)),
    answers: ['ERROR ERR_HW_FRAME_TOO_LARGE'],
  }),
  'the largest HELLO, with a wrong token': (aim) => ({
    bytes: framed(padded(rightful(aim).set(KEY.token, aim.random.bytes(32)), HANDSHAKE_MAX_BYTES)),
    answers: UNKNOWN,
  }),
  // The very first one asked for a new session; whoever is away has come back several times.
  'a HELLO that was said before': ({ stage, random }) => ({
    bytes: random.pick(stage.away.hellos.slice(1)),
    answers: STALE,
  }),
  'a HELLO that is too late, with random damage': (aim) => {
    const body = encodeIntegerMap(rightful(aim).set(KEY.attempt, 1));
    let damaged = damage(body, aim.random);
    while (!isHarmless(damaged)) damaged = damage(body, aim.random);
    const answers = [...MALFORMED, ...VERSION, ...UNKNOWN, ...STALE, 'REJECT ERR_HW_AUTH'];
    return { bytes: helloFrame(damaged), answers };
  },
  'a good HELLO behind a wrong preface': (aim) => {
    const bytes = framed(rightful(aim)).slice();
    const at = aim.random.integer(0, PREFACE.length - 1);
    bytes[at]! ^= 0xff;
    return { bytes, answers: [at === PREFACE.length - 1 ? 'ERROR ERR_HW_VERSION' : 'ERROR ERR_HW_PREFACE'] };
  },
  // Everything is right, and whoever asked is gone before the credentials are looked up.
  'a good HELLO of somebody who is gone': (aim) => ({
    bytes: framed(rightful(aim).set(AUTH, credentials({ who: aim.victim.who, gate: aim.number }))),
    gate: aim.number,
    isAbandoned: true,
    answers: ['silence'],
  }),
};

/** Attacks that may wait for their credentials, so that several are pending at once. */
export const SLOW_ATTACKS: Readonly<Record<string, (aim: Aim) => Attack>> = Object.fromEntries(
  ['wrong token', 'the last attempt again', 'another digest', 'a position beyond what was sent', 'no attempt'].map(
    (name) => [name, (aim: Aim) => slowed(name, aim)],
  ),
);

/** Nothing is wrong with this one; its credentials wait at the gate `number`. */
export function goodHello(aim: Aim, attempt: number): Uint8Array {
  const given = { who: aim.victim.who, gate: aim.number };
  return framed(rightful({ ...aim, credentials: given }).set(KEY.attempt, attempt));
}

function slowed(name: string, aim: Aim): Attack {
  const gate = aim.number;
  return { ...ATTACKS[name]!({ ...aim, credentials: { who: aim.victim.who, gate } }), gate };
}

/** What the victim itself would say, as a map. */
function rightful({ stage, victim, credentials: given }: Aim): Map<number, unknown> {
  const { session, token, received, digest } = stage.resumptionOf(victim);
  return new Map<number, unknown>([
    [KEY.session, session],
    [KEY.token, token],
    [KEY.attempt, stage.attemptOf(victim) + 1],
    [KEY.received, received],
    [KEY.digest, digest],
    [AUTH, credentials(given ?? { who: victim.who })],
  ]);
}

function credentials(given: Credentials): Uint8Array {
  return encodePayload(msgpackCodec, given);
}

function framed(map: Map<number, unknown>): Uint8Array {
  return helloFrame(encodeIntegerMap(map));
}

function helloFrame(body: Uint8Array): Uint8Array {
  const writer = new FrameWriter();
  writer.preface();
  writer.handshake(FrameType.HELLO, body);
  return writer.take()!;
}

/** As many bytes as asked for, by an entry that has to be ignored. */
function padded(map: Map<number, unknown>, size: number): Map<number, unknown> {
  const filled = new Map(map).set(1000, new Uint8Array(4000));
  const missing = size - encodeIntegerMap(filled).length;
  return filled.set(1000, new Uint8Array(4000 + missing));
}

function damage(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const copy = bytes.slice();
  for (let count = random.integer(1, 3); count > 0; count -= 1)
    copy[random.integer(0, copy.length - 1)] = random.integer(0, 255);
  return copy;
}

/** Whether it cannot be a good HELLO by accident: one for a new session, or a later attempt. */
function isHarmless(body: Uint8Array): boolean {
  try {
    const { resumption, attempt } = decodeHello(body);
    return resumption !== null && attempt === 1;
  } catch {
    return true;
  }
}

function isWrong(value: unknown, key: number, right: string): boolean {
  if (value instanceof Uint8Array) return key !== AUTH && key !== KEY.token;
  return typeof value !== right || right === 'object' || value === 1.5;
}
