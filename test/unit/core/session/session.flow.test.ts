// How much of what is sent is on the way at one time, and what goes past it.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FrameType } from '../../../../packages/core/src/wire/frame-type.ts';
import type { AckFrame, Frame } from '../../../../packages/core/src/wire/frame.ts';
import { namesOf, sentFrames } from '../../../support/sent-frames.ts';
import { SessionPair, type SessionEnd, type SessionPairOptions } from '../../../support/session-pair.ts';

const LIMIT = 32_768;
const CHUNK = 16_384;
const ALL = { frameMaxBytes: 65_536 };

/** What `end` has written since `from` pieces. */
function framesOf(end: SessionEnd, from = 0): Frame[] {
  return sentFrames(end.writes.slice(from));
}

function payloadBytes(frames: readonly Frame[]): number {
  return frames.reduce((sum, frame) => sum + ('payload' in frame ? frame.payload.length : 0), 0);
}

function open(options: SessionPairOptions = {}): SessionPair {
  const client = { inFlightMaxBytes: LIMIT, ...options.client };
  return SessionPair.open({ windowMs: 10_000, ...options, client });
}

const flow = suite('bytes in flight');

flow('stop the sender in the middle of a message, and the peer’s word moves it on', () => {
  const pair = open({ latencyMs: 10 });
  const written = pair.client.writes.length;
  pair.client.send('large', 200_000);
  pair.settle();
  assert.is(payloadBytes(framesOf(pair.client, written)), LIMIT);
  pair.advance(19);
  assert.is(payloadBytes(framesOf(pair.client, written)), LIMIT, 'until the word is back');
  pair.advance(1);
  assert.is(payloadBytes(framesOf(pair.client, written)), 2 * LIMIT);
  pair.advance(400);
  assert.ok(pair.client.steps.includes('large handled'));
});

flow('let PING and volatile values pass, and nothing that has an id', () => {
  const pair = open({ latencyMs: 10 });
  pair.client.send('large', 200_000);
  pair.client.send('next');
  pair.settle();
  const written = pair.client.writes.length;
  pair.client.connection.ping(pair.nowMs);
  pair.client.session.sendVolatile({ name: 'at', key: '', payload: new Uint8Array([5]) });
  pair.settle();
  assert.equal(namesOf(framesOf(pair.client, written)), ['PING', 'VOLATILE']);
});

flow('hold answers back as well', () => {
  const pair = open({ latencyMs: 10 });
  pair.client.onMessage = (_, text) => {
    pair.client.send('large', 200_000);
    return text === 'ask' ? { kind: 'handled', payload: new Uint8Array(100_000) } : null;
  };
  pair.server.request('ask');
  pair.advance(10);
  const before = payloadBytes(framesOf(pair.client));
  assert.ok(before <= LIMIT + CHUNK, `${before} bytes`);
  pair.advance(500);
  assert.ok(pair.server.steps.includes('ask handled'));
});

flow('are told in parts for messages of 16 KiB and more, and cost others nothing', () => {
  const pair = open();
  for (const bytes of [10, CHUNK - 1]) pair.client.send(`small ${bytes}`, bytes);
  pair.client.send('large', 100_000);
  pair.settle();
  const acks = framesOf(pair.server).filter((frame): frame is AckFrame => frame.type === FrameType.ACK);
  const parts = acks.filter(({ partialBytes }) => partialBytes > 0).map(({ partialBytes }) => partialBytes);
  assert.equal(
    parts,
    [...parts].sort((a, b) => a - b),
  );
  assert.ok(parts.length >= 2 && parts.length <= 6, `${parts.length} words of a message in seven chunks`);
  assert.ok(acks.filter(({ ack }) => ack.received < 2).every(({ partialBytes }) => partialBytes === 0));
});

flow('begin anew with each connection, at whatever point the last one was lost', () => {
  for (let cutAt = 0; cutAt < 24; cutAt += 1) {
    const pair = open({ reconnectMs: 10, slice: () => 10_000, latencyMs: 1 });
    pair.cutAfter([cutAt, cutAt + 9, cutAt + 17]);
    for (const text of ['a', 'b', 'c']) pair.client.send(text, 60_000);
    pair.advance(2000);
    const handled = new Set(pair.client.steps.filter((step) => step.endsWith(' handled')));
    assert.equal([...handled], ['a handled', 'b handled', 'c handled'], `cut at ${cutAt}`);
  }
});

flow('are none in a new session that takes the place of one that was lost', () => {
  const pair = open({ latencyMs: 10 });
  pair.client.send('large', 200_000);
  pair.client.send('next', 100_000);
  pair.advance(5);
  pair.replaceServer();
  for (let dials = 2; dials > 0; dials -= 1) {
    pair.reconnect();
    pair.advance(1000);
  }
  assert.ok(pair.client.steps.includes('next handled'), pair.client.steps.join());
});

flow('move on in any frame size that a peer may ask for', () => {
  for (const frameMaxBytes of [1024, 20_000, ALL.frameMaxBytes]) {
    const pair = open({ server: { announcement: { frameMaxBytes } } });
    pair.client.send('large', 300_000);
    pair.settle();
    assert.ok(pair.client.steps.includes('large handled'), `${frameMaxBytes}`);
  }
});

flow.run();

const credit = suite('credit');

/** What the sender of these could not write any more. */
function waitingIn({ client }: SessionPair): number {
  return client.sent.filter(({ id, isDecided }) => id === 0 && !isDecided).length;
}

credit('lets a receiver hold a sender back by not handling, and comes back as it handles', () => {
  const pair = open({ server: { announcement: { windowMessages: 4 } } });
  pair.server.onMessage = () => null;
  for (let number = 0; number < 10; number += 1) pair.client.send(`${number}`);
  pair.settle();
  assert.is(waitingIn(pair), 6);
  pair.server.finish('0');
  pair.settle();
  assert.is(waitingIn(pair), 5);
});

credit('is enough for the largest message as soon as all before it are settled', () => {
  const announcement = { messageMaxBytes: 100_000, windowBytes: 100_000 };
  const pair = open({ server: { announcement } });
  pair.server.onMessage = () => null;
  pair.client.send('a', 60_000);
  pair.client.send('b', 40_000);
  pair.client.send('largest', 100_000);
  pair.settle();
  assert.equal([waitingIn(pair), pair.server.startedTexts.length], [1, 1]);
  for (const text of ['a', 'b']) {
    assert.not.ok(pair.server.startedTexts.includes('largest'));
    pair.server.finish(text);
    pair.settle();
  }
  assert.ok(pair.server.startedTexts.includes('largest'));
});

credit('is the same on both sides wherever connections are lost, and none of it is lost with them', () => {
  const announcement = { messageMaxBytes: 60_000, windowBytes: 100_000, windowMessages: 4 };
  for (let cutAt = 0; cutAt < 30; cutAt += 1) {
    const pair = open({ reconnectMs: 5, slice: () => 9000, server: { announcement } });
    pair.cutAfter([cutAt, cutAt + 7, cutAt + 11]);
    for (const bytes of [60_000, 40_000, 100, 60_000, 0, 50_000])
      pair.client.send(`first ${pair.client.sent.length}`, bytes);
    pair.advance(1000);
    assert.ok(
      pair.client.sent.every(({ stage }) => stage === 'handled'),
      `cut at ${cutAt}`,
    );
    assert.equal([pair.client.session.heldBytes, pair.server.session.heldBytes], [0, 0], `cut at ${cutAt}`);
    pair.server.onMessage = () => null;
    for (const bytes of [60_000, 39_994, 0, 0]) pair.client.send(`then ${pair.client.sent.length}`, bytes);
    pair.advance(1000);
    // All of it, to the byte, where a text is six: the receiver would have said so if it were more.
    assert.is(waitingIn(pair), 1, `cut at ${cutAt}`);
    assert.equal([pair.client.session.status, pair.server.session.status], ['open', 'open']);
  }
});

credit.run();
