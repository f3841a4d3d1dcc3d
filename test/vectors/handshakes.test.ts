// The vectors of handshakes against the code: what is said is understood, and what is wrong gets the answer that stands in the file.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Connection } from '../../packages/core/src/connection/connection.ts';
import {
  decodeHello,
  decodeReject,
  decodeWelcome,
  encodeHello,
  encodeReject,
  encodeWelcome,
  type Hello,
  type Position,
  type Reject,
  type Welcome,
} from '../../packages/core/src/connection/handshake.ts';
import { FrameType } from '../../packages/core/src/wire/frame-type.ts';
import { FrameWriter } from '../../packages/core/src/wire/frame-writer.ts';
import type { Frame } from '../../packages/core/src/wire/frame.ts';
import { connectionOptions } from '../support/connection-pair.ts';
import { bytesOf, hexOf, joined } from '../support/hex.ts';
import { sentFrames } from '../support/sent-frames.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { readVectors, type HandshakeName } from './vector-files.ts';

const PREFACE = bytesOf('f848570a01');
const { valid, invalid } = readVectors('handshakes');
const handshakes = suite('handshake vectors');

for (const { name, frame, hex, meaning } of valid) {
  handshakes(`reads ${frame}: ${name}`, () => {
    assert.equal(onPaper(frame, bytesOf(hex)), meaning);
  });

  handshakes(`writes ${frame}: ${name}`, () => {
    // The order of the keys and the random one are the writer's choice, so what is written is compared by what it says.
    const { random, body } = { random: new SeededRandom(1).next, body: bytesOf(hex) };
    const written = {
      HELLO: () => encodeHello(decodeHello(body), random),
      WELCOME: () => encodeWelcome(decodeWelcome(body), random),
      REJECT: () => encodeReject(decodeReject(body)),
    }[frame]();
    assert.equal(onPaper(frame, written), meaning);
  });

  handshakes(`a connection accepts ${frame}: ${name}`, () => {
    const { connection, answer } = hear(frame, hex);
    const state = { HELLO: 'deciding', WELCOME: 'open', REJECT: 'closed' }[frame];
    assert.is(connection.state, state);
    assert.equal(
      answer.filter(({ type }) => type === FrameType.ERROR || type === FrameType.REJECT),
      [],
    );
  });
}

for (const { why, frame, hex, answer: expected } of invalid) {
  handshakes(`answers ${frame} with ${JSON.stringify(expected)}: ${why}`, () => {
    const { connection, answer } = hear(frame, hex);
    const last = answer[answer.length - 1];
    assert.is(connection.state, 'closed');
    if (last?.type === FrameType.ERROR) assert.equal({ ERROR: last.code }, expected, last.reason);
    else if (last?.type === FrameType.REJECT) assert.equal({ REJECT: decodeReject(last.body).code }, expected);
    else assert.unreachable(`the answer is ${JSON.stringify(last)}`);
    const ends = connection.takeEvents().filter(({ type }) => type === 'ended');
    assert.is(ends.length, 1);
  });
}

handshakes.run();

/** Gives one handshake frame to a connection that waits for it. */
function hear(frame: HandshakeName, hex: string): { connection: Connection; answer: Frame[] } {
  const connection = new Connection(connectionOptions(frame === 'HELLO' ? 'server' : 'client'), 0);
  const writer = new FrameWriter();
  writer.handshake(FrameType[frame], bytesOf(hex));
  connection.receiveBytes(joined([PREFACE, writer.take()!]), 0);
  return { connection, answer: sentFrames([connection.takeOutgoing(0) ?? new Uint8Array(0)]) };
}

/** The body as the vectors write it down. */
function onPaper(frame: HandshakeName, body: Uint8Array): Record<string, unknown> {
  if (frame === 'REJECT') return rejectOnPaper(decodeReject(body));
  const decoded: Hello | Welcome = frame === 'HELLO' ? decodeHello(body) : decodeWelcome(body);
  const { announcement, ...others } = decoded;
  const all: Record<string, unknown> = { ...others, ...announcement, ...positionOnPaper(decoded) };
  delete all['resumption'];
  delete all['resumed'];
  if ('keep' in decoded) all['keep'] = decoded.keep ? 1 : 0;
  // The code leaves the version out, because there is one only; and where there is no promise it is infinite.
  if (frame === 'WELCOME') all['version'] = 1;
  for (const key of ['promiseMs', 'wantMs']) if (all[key] === Infinity) all[key] = 0;
  for (const key of ['auth', 'token']) if (all[key] instanceof Uint8Array) all[key] = hexOf(all[key]);
  return all;
}

function rejectOnPaper({ tombstone, ...others }: Reject): Record<string, unknown> {
  return { ...others, ...onPaperOrNull(tombstone), lastWords: tombstone === null ? null : hexOf(tombstone.lastWords) };
}

/** Where a session goes on, key by key. */
function positionOnPaper(decoded: Hello | Welcome): Record<string, unknown> {
  if ('resumed' in decoded) return onPaperOrNull(decoded.resumed);
  const { session = null, token = null } = decoded.resumption ?? {};
  return { session, token, ...onPaperOrNull(decoded.resumption) };
}

function onPaperOrNull(position: Position | null): Record<string, unknown> {
  if (position === null) return { received: null, digest: null, goodbye: null };
  return { received: position.received, digest: position.digest, goodbye: position.isGoodbyeDone ? 1 : 0 };
}
