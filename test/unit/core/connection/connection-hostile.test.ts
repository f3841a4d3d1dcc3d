// Whatever arrives, in whatever pieces: a connection never throws, ends once, says nothing after its end, and what it sends is well-formed.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Connection } from '../../../../packages/core/src/connection/connection.ts';
import type { ConnectionRole } from '../../../../packages/core/src/connection/connection-state.ts';
import { ALLOWED_FLAGS } from '../../../../packages/core/src/wire/frame-type.ts';
import { FrameWriter } from '../../../../packages/core/src/wire/frame-writer.ts';
import { connectionOptions } from '../../../support/connection-pair.ts';
import { bytesOf, joined } from '../../../support/hex.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';
import { namesOf, sentFrames } from '../../../support/sent-frames.ts';
import { readVectors } from '../../../vectors/vector-files.ts';
import { GREETING, answerOf } from '../../../support/greetings.ts';

const PREFACE = bytesOf('f848570a01');
const HELLO = bytesOf('02 00 80');
const WELCOME = bytesOf('07 08 82 02 01 03 a173');
const ROLES = ['client', 'server'] as const;
const HANDSHAKES = readVectors('handshakes').valid;
const FRAMES = readVectors('frames');

const hostile = suite('hostile peers');

for (const role of ROLES) {
  for (let seed = 1; seed <= 15; seed += 1) {
    hostile(`a ${role} survives noise (seed ${seed})`, () => {
      const random = new SeededRandom(seed);
      for (let turn = 0; turn < 50; turn += 1) assault(role, random, [random.bytes(random.integer(1, 200))]);
    });

    hostile(`a ${role} survives a mutated handshake (seed ${seed})`, () => {
      const random = new SeededRandom(seed);
      const vectors = HANDSHAKES.filter(({ frame }) => (frame === 'HELLO') === (role === 'server'));
      for (let turn = 0; turn < 100; turn += 1) {
        const { frame, hex } = random.pick(vectors);
        const writer = new FrameWriter();
        writer.handshake({ HELLO: 0, WELCOME: 1, REJECT: 2 }[frame] as 0 | 1 | 2, mutated(random, bytesOf(hex)));
        assault(role, random, [PREFACE, writer.take()!, random.bytes(20)]);
      }
    });

    hostile(`an open ${role} survives good frames in any order (seed ${seed})`, () => {
      const random = new SeededRandom(seed);
      for (let turn = 0; turn < 50; turn += 1) {
        const frames = Array.from({ length: random.integer(1, 8) }, () => bytesOf(random.pick(FRAMES.valid).hex));
        assault(role, random, frames, greeting(role));
      }
    });

    hostile(`an open ${role} survives mutated frames (seed ${seed})`, () => {
      const random = new SeededRandom(seed);
      const short = FRAMES.valid.filter(({ hex }) => hex.length < 200);
      for (let turn = 0; turn < 200; turn += 1) {
        assault(role, random, [mutated(random, bytesOf(random.pick(short).hex))], greeting(role));
      }
    });

    hostile(`an open ${role} survives frames with any body (seed ${seed})`, () => {
      const random = new SeededRandom(seed);
      for (let turn = 0; turn < 100; turn += 1) {
        const frames = Array.from({ length: 4 }, () => framed(random));
        assault(role, random, frames, greeting(role));
      }
    });
  }
}

// VOID is not allowed at all, so that what is wrong behind it is never looked at.
hostile('every invalid frame of the vectors ends an open connection with its ERROR', () => {
  const { frameMaxBytes: ours } = connectionOptions('server').announcement;
  for (const { why, hex, after = [], frameMaxBytes = ours, error: expected } of FRAMES.invalid) {
    if (frameMaxBytes !== ours) continue;
    const pieces = [...after, hex].map(bytesOf);
    const { connection, sent } = assault('server', new SeededRandom(1), pieces, greeting('server'));
    assert.is(connection.state, 'closed', why);
    const { code } = sentFrames(sent).pop() as { readonly code: number };
    assert.ok(code === expected || (code === 6 && /VOID/.test(why)), `${why}: ${code}`);
  }
});

hostile.run();

/** Gives the pieces to a fresh connection, behind a greeting that opens it, torn anywhere, while time passes; then the end of the stream. */
function assault(
  role: ConnectionRole,
  random: SeededRandom,
  pieces: readonly Uint8Array[],
  opening: readonly Uint8Array[] = [],
): { connection: Connection; sent: Uint8Array[] } {
  const connection = new Connection(connectionOptions(role), 0);
  const sent: Uint8Array[] = [];
  let ends = 0;
  let nowMs = 0;
  const turn = (): void => {
    const wasClosed = ends > 0;
    for (const event of connection.takeEvents()) {
      assert.is(ends, 0, 'an event after the end');
      if (event.type === 'hello') connection.welcome(answerOf('s1'), nowMs);
      if (event.type !== 'ended') continue;
      ends += 1;
      const { cause } = event;
      if (cause.kind === 'protocol' && cause.error.cause !== undefined) assertForeseen(cause.error.code);
    }
    connection.writeControl(nowMs);
    const bytes = connection.takeOutgoing(nowMs);
    if (bytes !== null) sent.push(bytes);
    assert.not(wasClosed && bytes !== null, 'bytes after the end');
  };
  if (role === 'client') connection.hello(GREETING, 0);
  turn();
  const size = random.pick([1, 3, 10, 1000]);
  // A client has to wait for WELCOME, so the greeting never shares a chunk with what follows.
  for (const piece of [...random.pieces(joined(opening), size), ...random.pieces(joined(pieces), size)]) {
    connection.receiveBytes(piece, nowMs);
    turn();
    nowMs += random.pick([0, 0, 0, 0.3, 50]);
    if (connection.nextDeadlineMs <= nowMs) connection.handleDeadline(nowMs);
    turn();
  }
  connection.receiveEnd();
  turn();
  assertWellFormed(connection, sent, ends);
  return { connection, sent };
}

/** A fault of ours would keep what was thrown as its cause; so do text that is not UTF-8 and a handshake that is no map, which are foreseen. */
function assertForeseen(code: string): void {
  assert.is(code, 'ERR_HW_MALFORMED_FRAME');
}

function assertWellFormed(connection: Connection, sent: readonly Uint8Array[], ends: number): void {
  const names = namesOf(sentFrames(sent));
  assert.is(ends, connection.state === 'closed' ? 1 : 0);
  for (const last of ['ERROR', 'REJECT']) {
    const at = names.indexOf(last);
    assert.ok(at < 0 || at === names.length - 1, `${names.join(' ')}: nothing follows ${last}`);
    if (at >= 0) assert.is(connection.state, 'closed');
  }
}

/** What opens a connection of this role. */
function greeting(role: ConnectionRole): Uint8Array[] {
  return [PREFACE, role === 'server' ? HELLO : WELCOME];
}

/** A frame of a type that exists, with flags that it may have most of the time, and a body of noise. */
function framed(random: SeededRandom): Uint8Array {
  const type = random.integer(4, 16);
  const flags = random.next() < 0.9 ? random.integer(0, 7) & ALLOWED_FLAGS[type]! : random.integer(0, 7);
  const body = random.bytes(random.integer(0, 40)).map((byte) => (random.next() < 0.5 ? byte % 4 : byte));
  return joined([Uint8Array.of(body.length + 1, type * 8 + flags), body]);
}

function mutated(random: SeededRandom, bytes: Uint8Array): Uint8Array {
  const copy = [...bytes];
  for (let turn = random.integer(1, 3); turn > 0; turn -= 1) {
    const at = random.integer(0, copy.length);
    const what = random.integer(0, 3);
    if (what === 0) copy[at] = random.integer(0, 255);
    else if (what === 1) copy.splice(at, 1);
    else if (what === 2) copy.splice(at, 0, random.integer(0, 255));
    else copy.length = at;
  }
  return Uint8Array.from(copy, (byte) => byte ?? 0);
}
