// Two connections in virtual time: how they begin, and how they end. The heartbeat, the frames in each state, and hostile peers have files of their own.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { EndedEvent } from '../../../../packages/core/src/connection/connection-event.ts';
import { Connection } from '../../../../packages/core/src/connection/connection.ts';
import { HEARTBEAT_PRESETS } from '../../../../packages/core/src/connection/heartbeat-preset.ts';
import type { CloseCause } from '../../../../packages/core/src/errors/close-cause.ts';
import { HeartwireError } from '../../../../packages/core/src/errors/heartwire-error.ts';
import { FrameType } from '../../../../packages/core/src/wire/frame-type.ts';
import { connectionOptions, ConnectionPair, type ConnectionEnd } from '../../../support/connection-pair.ts';
import { bytesOf, joined } from '../../../support/hex.ts';
import { hasPreface, namesOf, sentFrames } from '../../../support/sent-frames.ts';
import { GREETING, answerOf } from '../../../support/greetings.ts';

const PREFACE = 'f848570a01';
const opening = suite('opening');

opening('both sides are open after one round trip, and know what the other announced', () => {
  const pair = new ConnectionPair({
    latencyMs: 20,
    client: { frameMaxBytes: 2048, name: 'terminal' },
    server: { windowMessages: 7, name: 'chat' },
  });
  pair.connect(Uint8Array.of(1, 2));
  pair.advance(20);
  assert.equal([pair.client.connection.state, pair.server.connection.state], ['awaiting-welcome', 'open']);
  pair.advance(20);
  assert.is(pair.client.connection.state, 'open');
  assert.equal([pair.server.connection.peer?.frameMaxBytes, pair.server.connection.peer?.name], [2048, 'terminal']);
  assert.equal([pair.client.connection.peer?.windowMessages, pair.client.connection.peer?.name], [7, 'chat']);
});

opening('each side knows when its part of the handshake was written, and when it read the other’s', () => {
  const pair = new ConnectionPair({ latencyMs: 20 });
  pair.advance(5);
  pair.connect();
  pair.advance(60);
  const [client, server] = [pair.client.connection, pair.server.connection];
  assert.equal([client.writtenAtMs, server.readAtMs], [5, 25]);
  assert.equal([server.writtenAtMs, client.readAtMs], [25, 45]);
});

opening('the server hears HELLO with the credentials, the client WELCOME with the session', () => {
  const pair = new ConnectionPair();
  pair.connect(Uint8Array.of(1, 2));
  pair.advance(0);
  const hello = eventOf(pair.server, 'hello');
  assert.equal([...hello!.hello.auth!], [1, 2]);
  assert.is(eventOf(pair.client, 'welcome')!.welcome.session, 's1');
});

opening('the client sends preface and HELLO at once, then PING; the server preface and WELCOME, then PONG', () => {
  const pair = ConnectionPair.open({ latencyMs: 5, seed: 2 });
  const [client, server] = [pair.client, pair.server].map(({ sent }) => sent.map(({ bytes }) => bytes));
  assert.ok(hasPreface(client![0]!) && hasPreface(server![0]!));
  assert.equal(namesOf(sentFrames(client!)), ['HELLO', 'PING']);
  assert.equal(namesOf(sentFrames(server!)), ['WELCOME', 'PONG']);
  assert.is(pair.client.sent.length, 2);
});

opening('works byte by byte', () => {
  const [client, server] = [connectionOf('client'), connectionOf('server')];
  client.hello(GREETING, 0);
  for (const byte of client.takeOutgoing(0)!) server.receiveBytes(Uint8Array.of(byte), 0);
  assert.is(server.state, 'deciding');
  server.welcome(answerOf('s1'), 0);
  for (const byte of server.takeOutgoing(0)!) client.receiveBytes(Uint8Array.of(byte), 0);
  assert.is(client.state, 'open');
});

opening('WELCOME and what the server sends right behind it may come in one chunk', () => {
  const client = connectionOf('client');
  client.hello(GREETING, 0);
  client.receiveBytes(bytesOf(`${PREFACE} 07 08 82 02 01 03 a173 02 20 05 06 38 0001 00 01 6d`), 0);
  const types = client.takeEvents().map(({ type }) => type);
  assert.equal(types, ['welcome', 'pinged', FrameType.MESSAGE]);
});

opening('the frame limit is the handshake’s until WELCOME, then the announced one', () => {
  const server = connectionOf('server', { server: { frameMaxBytes: 10_000 } });
  server.receiveBytes(bytesOf(`${PREFACE} 02 00 80`), 0);
  server.welcome(answerOf('s1'), 0);
  server.takeOutgoing(0);
  const message = (length: number): Uint8Array =>
    joined([
      Uint8Array.of(0x40 | (length >> 8), length & 0xff),
      bytesOf('38 0001 00 01 6d'),
      new Uint8Array(length - 6),
    ]);
  server.receiveBytes(message(10_000), 0);
  assert.is(server.state, 'open');
  server.receiveBytes(message(10_001), 0);
  assert.is(errorSentBy(server), 3);
});

opening('HELLO may have a body of 8 KiB and no more', () => {
  for (const [bytes, expected] of [
    [8192, 'deciding'],
    [8193, 'closed'],
  ] as const) {
    const server = connectionOf('server');
    // A map of one key, which is to be ignored, with as much binary as fits.
    const body = joined([
      bytesOf('81 40 c5'),
      Uint8Array.of((bytes - 5) >> 8, (bytes - 5) & 0xff),
      new Uint8Array(bytes - 5),
    ]);
    const length = body.length + 1;
    server.receiveBytes(joined([bytesOf(PREFACE), Uint8Array.of(0x40 | (length >> 8), length & 0xff, 0), body]), 0);
    assert.is(server.state, expected);
  }
});

opening('now and then the client sends a frame that is to be skipped, and the server skips it', () => {
  const skipped: Uint8Array[] = [];
  const seeds = 3000;
  for (let seed = 1; seed <= seeds; seed += 1) {
    const pair = ConnectionPair.open({ seed });
    assert.is(pair.server.connection.state, 'open', `seed ${seed}`);
    // The PING after WELCOME takes three bytes.
    const behindPing = pair.client.sent[1]!.bytes.subarray(3);
    if (behindPing.length > 0) skipped.push(behindPing);
  }
  // One in sixteen: 187 are to be expected.
  assert.ok(skipped.length > seeds / 16 - 45 && skipped.length < seeds / 16 + 45, `${skipped.length}`);
  assert.equal(distinct(skipped.map(([, head]) => head! >>> 3)), [24, 25, 26, 27, 28, 29, 30, 31]);
  assert.equal(distinct(skipped.map(([, head]) => head! & 7)), [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.equal(distinct(skipped.map(([length]) => length! - 1)), [...Array(17).keys()], 'of at most 16 bytes');
  const bytes = distinct(skipped.flatMap((frame) => [...frame.subarray(2)]));
  assert.ok(bytes.length > 240, 'of any content');
});

opening('the round trip of the handshake begins with HELLO, not with the dialing', () => {
  const client = new Connection(connectionOptions('client'), 500);
  client.hello(GREETING, 1000);
  client.receiveBytes(bytesOf(`${PREFACE} 07 08 82 02 01 03 a173`), 1040);
  assert.equal([client.roundTrip.latestMs, client.roundTrip.sampledAtMs], [40, 1040]);
});

opening('a server knows the round trip with the first PING, and says so once', () => {
  const pair = ConnectionPair.open({ latencyMs: 20 });
  pair.client.connection.ping(pair.nowMs);
  pair.advance(40);
  const told = pair.server.events.filter(({ event }) => event.type === 'liveness');
  assert.equal(told, [{ atMs: 60, event: { type: 'liveness', status: 'alive' } }]);
});

opening.run();

const refusing = suite('refusing');

refusing('a server that says REJECT is heard, on both sides', () => {
  const pair = ConnectionPair.open({
    decide: (server) => server.reject({ code: 'ERR_HW_AUTH', message: 'who are you?', retryAfterMs: null }),
  });
  const expected = { kind: 'refused', by: 'application', code: 'ERR_HW_AUTH', message: 'who are you?' };
  assert.equal(causeOf(pair.client), expected);
  assert.equal(causeOf(pair.server), expected);
  for (const end of [pair.client, pair.server])
    assert.is(eventOf(end, 'ended')!.hard, false, 'what was said is to arrive');
  assert.equal(namesOf(sentFrames(pair.server.sent.map(({ bytes }) => bytes))), ['REJECT']);
  const { refusal } = pair.client.connection;
  assert.ok(refusal?.kind === 'refused' && refusal.code === 'ERR_HW_AUTH');
  assert.is(pair.client.sent.length, 1, 'nothing is said after it');
});

refusing('an end of any other kind is no refusal', () => {
  const { client } = new ConnectionPair();
  client.connection.hello(GREETING, 0);
  client.connection.handleDeadline(10_000);
  assert.equal([client.connection.state, client.connection.refusal], ['closed', null]);
});

refusing('a client with another codec is rejected before the application is asked', () => {
  const pair = ConnectionPair.open({ client: { codec: 'json' } });
  assert.is(eventOf(pair.server, 'hello'), undefined);
  const cause = causeOf(pair.client);
  assert.equal([cause.kind, 'code' in cause && cause.code], ['refused', 'ERR_HW_VERSION']);
  assert.match('message' in cause ? cause.message : '', /"json", this side with "msgpack"/);
});

refusing('a client that speaks later versions only is rejected', () => {
  const server = connectionOf('server');
  server.receiveBytes(bytesOf(`${PREFACE} 06 00 82 00 02 01 03`), 0);
  assert.equal(namesOf(sentFrames([server.takeOutgoing(0)!])), ['REJECT']);
  assert.is(server.state, 'closed');
});

for (const [what, hex] of [
  ['chose another version', '07 08 82 02 02 03 a173'],
  ['has another codec', '0d 08 83 02 01 03 a173 22 a46a736f6e'],
  ['has a critical key', '09 08 83 02 01 03 a173 0b 00'],
] as const) {
  refusing(`a client ends with ERROR 2 when the server ${what}`, () => {
    const client = connectionOf('client');
    client.hello(GREETING, 0);
    client.takeOutgoing(0);
    client.receiveBytes(bytesOf(`${PREFACE} ${hex}`), 0);
    assert.is(errorSentBy(client), 2);
  });
}

refusing('another framing version is ERROR 2, a stranger ERROR 1, both behind our own preface', () => {
  for (const [hex, number] of [
    ['f848570a02', 2],
    ['474554202f20485454502f312e310d0a', 1],
    ['1603010200', 1],
  ] as const) {
    const server = connectionOf('server');
    server.receiveBytes(bytesOf(hex), 0);
    const bytes = server.takeOutgoing(0)!;
    assert.ok(hasPreface(bytes));
    assert.is((sentFrames([bytes])[0] as { code: number }).code, number);
    assert.is(server.state, 'closed');
  }
});

refusing('a stranger is recognised at its first byte', () => {
  const server = connectionOf('server');
  server.receiveBytes(bytesOf('47'), 0);
  assert.is(server.state, 'closed');
});

refusing('the decision of a server that comes too late is nothing', () => {
  const server = connectionOf('server');
  server.receiveBytes(bytesOf(`${PREFACE} 02 00 80`), 0);
  server.handleDeadline(10_000);
  server.takeOutgoing(0);
  server.takeEvents();
  server.welcome(answerOf('s1'), 10_001);
  server.reject({ code: 'x', message: '', retryAfterMs: null });
  assert.is(server.takeOutgoing(10_001), null);
  assert.equal([server.state, server.takeEvents().length], ['closed', 0]);
});

refusing.run();

const ending = suite('ending');

ending('a client that gets no WELCOME gives up after the handshake time', () => {
  const pair = ConnectionPair.open({ handshakeMs: 3000, decide: () => {} });
  pair.advance(2999);
  assert.is(pair.client.connection.state, 'awaiting-welcome');
  pair.silence('server');
  pair.advance(1);
  assert.equal(causeOf(pair.client), { kind: 'timeout', of: 'handshake', silentFor: 3000 });
  assert.is((lastFrame(pair.client) as { code: number }).code, 9);
});

ending('a server that gets no HELLO gives up, whatever has come of it', () => {
  for (const hex of ['', 'f848', PREFACE, `${PREFACE} 41`, `${PREFACE} 03 00 80`]) {
    const pair = new ConnectionPair({ handshakeMs: 3000 });
    pair.inject('server', bytesOf(hex));
    pair.advance(2999);
    assert.is(pair.server.connection.state, 'awaiting-hello');
    pair.advance(1);
    assert.equal(causeOf(pair.server), { kind: 'timeout', of: 'handshake', silentFor: 3000 });
    assert.is((lastFrame(pair.server) as { code: number }).code, 9);
  }
});

ending('bytes that trickle in do not prolong the handshake', () => {
  const pair = new ConnectionPair({ handshakeMs: 3000 });
  pair.inject('server', bytesOf(`${PREFACE} 6001 00`));
  for (let second = 0; second < 30; second += 1) {
    pair.advance(100);
    pair.inject('server', bytesOf('00'));
  }
  assert.equal(causeOf(pair.server), { kind: 'timeout', of: 'handshake', silentFor: 3000 });
});

ending('the handshake time begins with the connection, the silence with HELLO', () => {
  const client = new Connection(connectionOptions('client', { handshakeMs: 3000 }), 500);
  client.hello(GREETING, 1000);
  assert.is(client.nextDeadlineMs, 3500);
  client.handleDeadline(3500);
  assert.equal((client.takeEvents()[0] as EndedEvent).cause, { kind: 'timeout', of: 'handshake', silentFor: 2500 });
});

ending('the handshake time ends with the handshake', () => {
  const pair = ConnectionPair.open({ handshakeMs: 3000 });
  pair.advance(60_000);
  assert.equal([pair.client.connection.state, pair.server.connection.state], ['open', 'open']);
});

ending('a stream that ends inside of a frame or of the preface was cut', () => {
  for (const hex of ['f8', 'f848570a', `${PREFACE} 02`, `${PREFACE} 02 00`]) {
    const server = connectionOf('server');
    server.receiveBytes(bytesOf(hex), 0);
    server.receiveEnd();
    assert.is(errorSentBy(server, 'ERR_HW_TRUNCATED'), 11, hex);
  }
});

ending('a stream that ends between frames, or before it has begun, is the session’s business', () => {
  for (const hex of ['', PREFACE, `${PREFACE} 02 00 80`]) {
    const server = connectionOf('server');
    server.receiveBytes(bytesOf(hex), 0);
    server.takeEvents();
    server.receiveEnd();
    assert.equal(server.takeEvents(), []);
    assert.is(server.takeOutgoing(0), null);
  }
});

const NUMBERS: readonly (readonly [number, string])[] = [
  [1, 'ERR_HW_PREFACE'],
  [3, 'ERR_HW_FRAME_TOO_LARGE'],
  [11, 'ERR_HW_ABORTED'],
  [12, 'ERR_HW_ABORTED'],
  [63, 'ERR_HW_ABORTED'],
];
for (const [number, code] of NUMBERS) {
  ending(`ERROR ${number} is read as ${code}, our doing, and is not answered`, () => {
    const pair = ConnectionPair.open();
    const sentBefore = pair.client.sent.length;
    pair.inject('client', bytesOf(`05 18 ${number.toString(16).padStart(2, '0')} 02 6e6f`));
    const cause = causeOf(pair.client);
    if (cause.kind !== 'protocol') return assert.unreachable(cause.kind);
    assert.equal([cause.error.code, cause.error.by], [code, 'local']);
    assert.match(cause.error.message, /the peer says "no"/);
    pair.advance(100_000);
    assert.is(pair.client.sent.length, sentBefore);
  });
}

ending('what came before the fault in the same chunk is still told', () => {
  const pair = ConnectionPair.open();
  pair.inject('server', bytesOf('06 38 0001 00 01 6d 00 02 20 07'));
  const types = pair.server.events.map(({ event }) => event.type).slice(-2);
  assert.equal(types, [FrameType.MESSAGE, 'ended']);
});

ending('fail() tells the peer once, with the number and the sentence', () => {
  const pair = ConnectionPair.open();
  const error = new HeartwireError('ERR_HW_WINDOW', { by: 'remote', detail: 'one too many' });
  pair.server.connection.fail(error);
  pair.server.connection.fail(new HeartwireError('ERR_HW_SEQUENCE', { by: 'remote' }));
  pair.advance(0);
  assert.equal(causeOf(pair.server), { kind: 'protocol', error });
  assert.is((lastFrame(pair.server) as { code: number }).code, 10);
  const cause = causeOf(pair.client);
  assert.match(cause.kind === 'protocol' ? cause.error.message : '', /one too many/);
});

ending('fail() may name another cause', () => {
  const server = connectionOf('server');
  server.fail(new HeartwireError('ERR_HW_ABORTED', { by: 'local' }), { kind: 'destroyed' });
  assert.equal((server.takeEvents()[0] as EndedEvent).cause, { kind: 'destroyed' });
});

ending('a reason that is too long for ERROR is cut', () => {
  const server = connectionOf('server');
  server.fail(new HeartwireError('ERR_HW_ABORTED', { by: 'local', detail: 'é'.repeat(500) }));
  const [error] = sentFrames([server.takeOutgoing(0)!]) as { readonly reason: string }[];
  assert.ok(error!.reason.length > 100 && error!.reason.endsWith('é'));
});

ending.run();

function distinct(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}

function connectionOf(role: 'client' | 'server', options: Parameters<typeof connectionOptions>[1] = {}): Connection {
  return new Connection(connectionOptions(role, { heartbeat: HEARTBEAT_PRESETS.default, ...options }), 0);
}

type EventOf<Type> = Extract<ConnectionEnd['events'][number]['event'], { readonly type: Type }>;

function eventOf<Type extends 'hello' | 'welcome' | 'ended'>(
  end: ConnectionEnd,
  type: Type,
): EventOf<Type> | undefined {
  return end.events.map(({ event }) => event).find((event) => event.type === type) as EventOf<Type> | undefined;
}

/** Why this end is over. It has to have said so once. */
function causeOf(end: ConnectionEnd): CloseCause {
  const ends = end.events.filter(({ event }) => event.type === 'ended');
  assert.is(ends.length, 1);
  assert.is(end.connection.state, 'closed');
  return eventOf(end, 'ended')!.cause;
}

function lastFrame(end: ConnectionEnd): unknown {
  return sentFrames(end.sent.map(({ bytes }) => bytes)).pop();
}

/** The number of the one ERROR that this connection has just sent and of the cause it gave, which has to have the same name. */
function errorSentBy(connection: Connection, code?: string): number {
  const frames = sentFrames([connection.takeOutgoing(0)!]);
  const errors = frames.filter(({ type }) => type === FrameType.ERROR) as { readonly code: number }[];
  assert.is(errors.length, 1);
  const ended = connection.takeEvents().find(({ type }) => type === 'ended') as EndedEvent;
  if (ended.cause.kind !== 'protocol') assert.unreachable(ended.cause.kind);
  else if (code !== undefined) assert.is(ended.cause.error.code, code);
  return errors[0]!.code;
}
