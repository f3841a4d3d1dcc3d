/** A message that expires: no handler begins it when its time is up, wherever it is then, and its sender learns the truth. PROTOCOL.md §22. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { OutgoingMessage } from '../../../../packages/core/src/session/outgoing-message.ts';
import { FrameType } from '../../../../packages/core/src/wire/frame-type.ts';
import type { Frame, MessageFrame } from '../../../../packages/core/src/wire/frame.ts';
import { namesOf, sentFrames } from '../../../support/sent-frames.ts';
import { assertTrueOutcomes, HANDLED, SessionPair, type SessionEnd } from '../../../support/session-pair.ts';

const KEPT = { windowMs: 60_000 } as const;

function outcomeOf({ stage, error }: OutgoingMessage): string {
  return error === null ? stage : `${error.outcome} ${error.code} ${error.safeToRetry ? 'safe' : 'unsafe'}`;
}

/** The sequenced frames and CANCELs among these writes, which belong to one connection. */
function writtenBy(end: SessionEnd, fromWrite = 0, toWrite?: number): Frame[] {
  return sentFrames(end.writes.slice(fromWrite, toWrite)).filter(({ type }) =>
    ([FrameType.MESSAGE, FrameType.REQUEST, FrameType.VOID, FrameType.CANCEL] as unknown[]).includes(type),
  );
}

/** Everything ends in order, and what both sides say agrees. */
function finish(pair: SessionPair): void {
  for (const end of pair.ends) end.sayGoodbye();
  pair.advance(20_000);
  assertTrueOutcomes(pair);
}

const expiring = suite('a message that expires');

expiring('while it is stuck in the link is never handled, and no question is asked', () => {
  const pair = SessionPair.open();
  pair.latencyMs = 1000;
  const [late, after] = [pair.client.sendFor(500, 'late'), pair.client.send('after')];
  pair.advance(999);
  assert.is(late.stage, 'sent', 'only the peer can say that no handler has begun');
  pair.advance(1001);
  assert.is(outcomeOf(late), 'expired ERR_HW_EXPIRED safe');
  assert.is(after.stage, 'handled');
  assert.equal(pair.server.startedTexts, ['after']);
  assert.equal(namesOf(writtenBy(pair.client)), ['MESSAGE', 'MESSAGE']);
  finish(pair);
});

expiring('is judged late by what the handshake took on its way, and by no more', () => {
  const handshakeMs = 40;
  for (const [latencyMs, stage] of [
    [500 + handshakeMs - 1, 'handled'],
    [500 + handshakeMs, 'failed'],
  ] as const) {
    const pair = SessionPair.open({ latencyMs: handshakeMs });
    pair.latencyMs = latencyMs;
    const message = pair.client.sendFor(500, 'a');
    pair.advance(2 * latencyMs);
    assert.is(message.stage, stage, `${latencyMs} ms on its way`);
    assert.is(pair.server.started.length, stage === 'handled' ? 1 : 0);
  }
});

expiring('at this very millisecond is not begun any more, one earlier it is', () => {
  for (const [lifeMs, stage] of [
    [100, 'failed'],
    [101, 'handled'],
  ] as const) {
    const pair = SessionPair.open();
    pair.latencyMs = 100;
    const message = pair.client.sendFor(lifeMs, 'a');
    pair.advance(200);
    assert.is(message.stage, stage);
  }
});

expiring('behind a handler that takes long is refused when its time is up, and the sender knows at once', () => {
  const pair = SessionPair.open();
  pair.server.onMessage = (_, text) => (text === 'slow' ? null : HANDLED);
  const slow = pair.client.send('slow');
  const [late, lasting] = [pair.client.sendFor(500, 'late'), pair.client.sendFor(5000, 'lasting')];
  const last = pair.client.send('last');
  pair.advance(499);
  assert.is(late.stage, 'delivered');
  pair.advance(1);
  assert.is(outcomeOf(late), 'expired ERR_HW_EXPIRED safe');
  assert.equal([slow.stage, lasting.stage, last.stage], ['delivered', 'delivered', 'delivered']);
  pair.server.finish('slow');
  pair.settle();
  assert.equal(pair.server.startedTexts, ['slow', 'lasting', 'last']);
  finish(pair);
});

expiring('and has been begun is the handler’s, which is told', () => {
  const pair = SessionPair.open();
  pair.server.onMessage = () => null;
  const message = pair.client.sendFor(500, 'a');
  pair.settle();
  const codes: string[] = [];
  const incoming = pair.server.started[0]!;
  incoming.onWithdrawn = (code) => codes.push(code);
  pair.advance(499);
  assert.equal(codes, []);
  pair.advance(1);
  assert.equal([codes, incoming.withdrawnBy], [['ERR_HW_EXPIRED'], 'ERR_HW_EXPIRED']);
  pair.client.session.withdraw(message, pair.nowMs);
  pair.advance(1000);
  assert.equal([codes.length, message.stage], [1, 'delivered'], 'it is told once');
  pair.server.finish('a');
  pair.settle();
  assert.is(message.stage, 'handled');
  finish(pair);
});

expiring('is begun in time by as many as run at once, and the others are refused by ACK alone, requests too', () => {
  const pair = SessionPair.open();
  pair.server.onMessage = () => null;
  const asked = Array.from({ length: 18 }, (_, index) => pair.client.sendFor(500, `q${index}`, 'request'));
  pair.advance(500);
  assert.is(pair.server.started.length, 16);
  assert.equal(asked.slice(16).map(outcomeOf), Array(2).fill('expired ERR_HW_EXPIRED safe'));
  assert.not.ok(sentFrames(pair.server.writes).some(({ type }) => type === FrameType.REFUSAL));
  for (let index = 0; index < 16; index += 1) pair.server.finish(`q${index}`);
  pair.settle();
  assert.is(pair.server.started.length, 16);
  assert.equal(new Set(asked.slice(0, 16).map(({ stage }) => stage)), new Set(['handled']));
  finish(pair);
});

expiring('before it is written takes no id, and before its chunks are all here is whole all the same', () => {
  const pair = SessionPair.open({ server: { announcement: { windowMessages: 1 } } });
  pair.server.onMessage = (_, text) => (text === 'slow' ? null : HANDLED);
  pair.client.send('slow');
  const waiting = pair.client.sendFor(500, 'waiting');
  pair.advance(500);
  assert.equal([outcomeOf(waiting), waiting.id], ['expired ERR_HW_EXPIRED safe', 0]);
  pair.server.finish('slow');
  pair.settle();
  pair.latencyMs = 200;
  const large = pair.client.sendFor(100, 'large', 'message', 60_000);
  pair.advance(400);
  assert.is(outcomeOf(large), 'expired ERR_HW_EXPIRED safe');
  const after = pair.client.send('after');
  pair.advance(400);
  assert.equal([after.stage, after.id], ['handled', 3]);
  finish(pair);
});

expiring('is held for a consumer no longer than that', () => {
  const pair = SessionPair.open({ server: { unhandled: 'hold', consumes: ['other'] } });
  const messages = [500, 600].map((lifeMs) => pair.client.sendFor(lifeMs, `${lifeMs}`));
  pair.advance(500);
  assert.equal(messages.map(outcomeOf), ['expired ERR_HW_EXPIRED safe', 'delivered']);
  assert.not.ok(pair.server.session.inbox.isEmpty);
  pair.advance(100);
  assert.ok(pair.server.session.inbox.isEmpty);
  finish(pair);
});

expiring('of which the peer says nothing is in doubt after 5 s, and a proof that comes later is believed', () => {
  const pair = SessionPair.open();
  pair.latencyMs = 8000;
  const message = pair.client.sendFor(1000, 'a');
  pair.advance(5999);
  assert.is(message.stage, 'sent');
  pair.advance(1);
  assert.is(outcomeOf(message), 'unknown ERR_HW_EXPIRED unsafe');
  pair.advance(10_000);
  assert.equal(pair.client.session.takeResolved(), [message]);
  assert.is(outcomeOf(message), 'expired ERR_HW_EXPIRED safe');
  finish(pair);
});
expiring.run();

const lost = suite('a message that expires, and whose connection is lost,');

lost('becomes nothing when the peer had not received it, with proof, and what follows keeps its id', () => {
  const pair = SessionPair.open({ ...KEPT, latencyMs: 10 });
  const [late, kept] = [pair.client.sendFor(500, 'late'), pair.client.send('kept')];
  pair.advance(5);
  pair.cut();
  pair.advance(1000);
  assert.is(late.stage, 'sent', 'the peer may have it');
  const writes = pair.client.writes.length;
  pair.reconnect();
  pair.advance(100);
  assert.is(outcomeOf(late), 'expired ERR_HW_EXPIRED safe');
  assert.equal([kept.stage, kept.id], ['handled', 2]);
  assert.equal(namesOf(writtenBy(pair.client, writes)), ['VOID', 'MESSAGE']);
  finish(pair);
});

lost('is refused in its time while nobody is connected, and told on the next connection', () => {
  const pair = SessionPair.open({ ...KEPT, latencyMs: 10 });
  pair.server.onMessage = () => null;
  const [begun, late] = [pair.client.sendFor(500, 'begun'), pair.client.sendFor(500, 'late')];
  pair.advance(50);
  pair.cut();
  pair.advance(1000);
  assert.ok(pair.server.session.inbox.isEmpty);
  const writes = pair.client.writes.length;
  pair.reconnect();
  pair.advance(100);
  assert.is(outcomeOf(late), 'expired ERR_HW_EXPIRED safe');
  pair.server.finish('begun');
  pair.advance(100);
  assert.is(begun.stage, 'handled');
  assert.equal(pair.server.startedTexts, ['begun']);
  assert.equal(writtenBy(pair.client, writes), [], 'nothing is sent again, and nothing is asked');
  finish(pair);
});

lost('is sent again with what is left of its time, counted from the new handshake', () => {
  const pair = SessionPair.open(KEPT);
  pair.server.onMessage = (_, text) => (text === 'slow' ? null : HANDLED);
  pair.client.send('slow');
  pair.advance(100);
  pair.latencyMs = 50;
  const late = pair.client.sendFor(5000, 'late');
  pair.advance(10);
  pair.cut();
  pair.latencyMs = 0;
  pair.advance(2000);
  const writes = pair.client.writes.length;
  pair.reconnect();
  pair.settle();
  const first = writtenBy(pair.client, 0, writes).at(-1) as MessageFrame;
  const again = writtenBy(pair.client, writes).at(-1) as MessageFrame;
  assert.equal([first.sequence, first.expiresMs], [2, 5100]);
  assert.equal([again.sequence, again.expiresMs], [2, 5100 - 2110], 'the new handshake was written at 2110');
  pair.advance(2989);
  assert.is(late.stage, 'delivered');
  pair.advance(1);
  assert.is(outcomeOf(late), 'expired ERR_HW_EXPIRED safe');
  finish(pair);
});

lost('and whose session has ended with it, is not begun either', () => {
  const pair = SessionPair.open({ client: { consumes: ['say'] } });
  pair.client.onMessage = (_, text) => (text === 'slow' ? null : HANDLED);
  pair.server.send('slow');
  pair.server.sendFor(500, 'late');
  pair.server.send('lasting');
  pair.settle();
  pair.replaceServer();
  pair.advance(500);
  pair.client.finish('slow');
  pair.settle();
  assert.equal(pair.client.startedTexts, ['slow', 'lasting']);
});
lost.run();
