/** Volatile values through two sessions in virtual time: what they overtake, when they go out, and when they are dropped. PROTOCOL.md §20. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FrameType } from '../../../../packages/core/src/wire/frame-type.ts';
import type { Frame } from '../../../../packages/core/src/wire/frame.ts';
import { ScriptedPeer, message } from '../../../support/scripted-peer.ts';
import { sentFrames } from '../../../support/sent-frames.ts';
import { SessionPair, type SessionEnd } from '../../../support/session-pair.ts';

function send(end: SessionEnd, text: string, key = '', bytes = 0): void {
  const payload = new Uint8Array(Math.max(bytes, text.length));
  new TextEncoder().encodeInto(text, payload);
  end.session.sendVolatile({ name: 'at', key, payload });
}

/** What has come and may be handled; it is handled at once. */
function take(end: SessionEnd): string[] {
  const { inbox } = end.session.volatile;
  return inbox.takeReady().map((value) => {
    inbox.finish(value);
    return new TextDecoder().decode(value.payload).replace(/\0+$/, '');
  });
}

/** The frames of a client from its `from`-th write on, in short: `C` is a chunk that others follow, `M` a last one, `V` a volatile value. */
function shapes(end: SessionEnd, from: number): string[] {
  const before = sentFrames(end.writes.slice(0, from)).length;
  const names = sentFrames(end.writes).slice(before).map(shapeOf);
  return names.filter((name) => name !== '');
}

function shapeOf(frame: Frame): string {
  if (frame.type === FrameType.VOLATILE) return `V${new TextDecoder().decode(frame.payload)}`;
  if (frame.type === FrameType.GOODBYE) return 'GOODBYE';
  return frame.type === FrameType.MESSAGE ? (frame.more ? 'C' : 'M') : '';
}

function dropsOf(end: SessionEnd): [string, number][] {
  return end.events.flatMap((event) => (event.type === 'limit' ? [[event.reason, event.dropped] as const] : [])) as [
    string,
    number,
  ][];
}

const sending = suite('a volatile value');

sending('arrives, both ways, and is acknowledged by nobody', () => {
  const pair = SessionPair.open();
  const writesBefore = pair.server.writes.length;
  send(pair.client, 'up');
  pair.settle();
  assert.is(pair.server.writes.length, writesBefore);
  assert.equal(take(pair.server), ['up']);
  send(pair.server, 'down');
  pair.settle();
  assert.equal(take(pair.client), ['down']);
  pair.advance(100);
  assert.is(pair.server.writes.length, writesBefore + 1);
  assert.is(pair.client.session.undecided, 0);
});

sending('goes before messages that wait, and past those that wait for the window', () => {
  const pair = SessionPair.open({ server: { announcement: { windowMessages: 1 } } });
  pair.server.onMessage = () => null;
  const from = pair.client.writes.length;
  for (const text of ['a', 'b']) pair.client.send(text);
  send(pair.client, '1');
  pair.settle();
  assert.equal(shapes(pair.client, from), ['V1', 'M']);
  send(pair.client, '2');
  pair.settle();
  assert.equal(take(pair.server), ['2'], 'the newest of both');
  assert.equal(pair.server.startedTexts, ['a']);
});

sending('goes out between the chunks of a message', () => {
  const pair = SessionPair.open();
  const from = pair.client.writes.length;
  pair.client.mayWrite = 1;
  pair.client.send('large', 200_000);
  pair.settle();
  for (const text of ['1', '2', '3']) {
    send(pair.client, text);
    send(pair.client, `${text}!`);
    pair.client.mayWrite = 1;
    pair.settle();
    assert.equal(take(pair.server), [`${text}!`], 'at once');
  }
  assert.equal(pair.server.startedTexts, ['large']);
  const chunks = Array.from({ length: 4 }, () => 'C');
  assert.equal(shapes(pair.client, from), [...chunks, 'V1!', ...chunks, 'V2!', ...chunks, 'V3!', 'M']);
});

sending('goes out, the last of each key, when the connection takes bytes again', () => {
  const pair = SessionPair.open();
  pair.client.mayWrite = 0;
  for (let at = 0; at < 1000; at += 1) send(pair.client, `${at}`, `player ${at % 3}`);
  pair.advance(5000);
  assert.equal(take(pair.server), []);
  pair.client.mayWrite = Infinity;
  pair.settle();
  assert.equal(take(pair.server), ['999', '997', '998']);
  assert.not.ok(pair.client.session.hasMore);
  assert.equal(dropsOf(pair.client), []);
});

sending('goes out in several writes when there are many', () => {
  const pair = SessionPair.open();
  for (let at = 0; at < 100; at += 1) send(pair.client, `${at}`, `${at}`, 16_384);
  const from = pair.client.writes.length;
  assert.ok(pair.client.session.hasMore);
  pair.settle();
  assert.is(take(pair.server).length, 100);
  assert.ok(pair.client.writes.slice(from).every(({ length }) => length < 65_536 + 17_000));
});

sending('does not keep messages from being sent, however many there are', () => {
  const pair = SessionPair.open();
  pair.client.send('large', 300_000);
  let writes = 0;
  while (pair.server.started.length === 0) {
    for (let at = 0; at < 10; at += 1) send(pair.client, 'x', `${at}`, 16_384);
    pair.client.mayWrite = 1;
    pair.settle();
    writes += 1;
    assert.ok(writes < 20, 'the message has to get its share of each write');
  }
});

sending('carries the acknowledgement of messages', () => {
  const pair = SessionPair.open();
  pair.client.send('a');
  pair.server.onMessage = () => {
    send(pair.server, 'seen');
    return { kind: 'handled', payload: null };
  };
  const from = pair.server.writes.length;
  pair.settle();
  const frames = sentFrames(pair.server.writes).slice(sentFrames(pair.server.writes.slice(0, from)).length);
  assert.equal(
    frames.map((frame) => [frame.type, 'ack' in frame && frame.ack?.received]),
    [[FrameType.VOLATILE, 1]],
  );
  assert.is(pair.client.sent[0]?.stage, 'handled');
});

// Whatever the back-pressure and the pieces: of each key only newer values follow, and the last one arrives.
for (let seed = 1; seed <= 20; seed += 1) {
  sending(`is never followed by an older one, and the last always arrives (seed ${seed})`, () => {
    const pair = SessionPair.open({ seed, slice: (random) => random.integer(1, 3000) });
    const { random, client, server } = pair;
    const last = new Map<number, number>();
    const seen = new Map<number, number>();
    const look = (): void => {
      for (const text of take(server)) {
        const [key = 0, value = 0] = text.split(' ').map(Number);
        assert.ok(value > (seen.get(key) ?? 0), `${text} after ${seen.get(key)}`);
        seen.set(key, value);
      }
    };
    for (let at = 1; at <= 300; at += 1) {
      const key = random.integer(0, 9);
      send(client, `${key} ${at}`, String(key), random.pick([0, 0, 100, 16_384]));
      last.set(key, at);
      if (random.integer(0, 9) === 0) client.send(`m${at}`, random.pick([0, 50_000]));
      client.mayWrite = random.pick([0, 0, 1]);
      pair.settle();
      if (random.integer(0, 2) === 0) look();
    }
    client.mayWrite = Infinity;
    pair.settle();
    look();
    assert.is(seen.size, last.size);
    for (const [key, value] of last) assert.is(seen.get(key), value, `the last of ${key}`);
    assert.is(client.session.undecided, 0);
    assert.equal(dropsOf(client), []);
  });
}
sending.run();

const dropping = suite('a volatile value is dropped');

dropping('before the session is open', () => {
  const pair = new SessionPair({ latencyMs: 10 });
  send(pair.client, 'early');
  pair.advance(100);
  assert.equal(take(pair.server), []);
  assert.equal(dropsOf(pair.client), [['not-open', 1]]);
});

dropping('when its connection ends before it is written', () => {
  const pair = SessionPair.open();
  pair.client.mayWrite = 0;
  send(pair.client, 'a', '1');
  send(pair.client, 'b', '2');
  pair.cut();
  assert.equal(dropsOf(pair.client), [['not-open', 2]]);
  assert.is(pair.client.events.at(-1)?.type, 'closed', 'it is told before the end');
  send(pair.client, 'late');
  assert.is(pair.client.session.nextDeadlineMs, Infinity);
});

dropping('with the oldest first, beyond the limit of keys, and the session tells once a second', () => {
  const pair = SessionPair.open();
  pair.client.mayWrite = 0;
  for (let at = 0; at < 1030; at += 1) send(pair.client, `${at}`, `${at}`);
  pair.advance(0);
  assert.equal(dropsOf(pair.client), [['outbox-keys', 6]]);
  for (let at = 0; at < 5; at += 1) send(pair.client, 'new', `new ${at}`);
  pair.advance(999);
  assert.is(dropsOf(pair.client).length, 1);
  pair.advance(1);
  assert.equal(dropsOf(pair.client).slice(1), [['outbox-keys', 5]]);
  pair.client.mayWrite = Infinity;
  pair.settle();
  const arrived = take(pair.server);
  assert.equal([arrived.length, arrived[0]], [1024, '11']);
});

dropping('by a receiver that is flooded with keys while nobody handles any', () => {
  const peer = new ScriptedPeer();
  const flood = (round: number): void => {
    peer.say((writer) => {
      for (let at = 0; at < 3000; at += 1) writer.volatile(`${round} ${at}`, 'at', new Uint8Array(1), null);
    });
  };
  flood(1);
  assert.is(peer.session.volatile.inbox.takeReady().length, 1024);
  for (let round = 2; round < 6; round += 1) flood(round);
  assert.is(peer.session.volatile.inbox.takeReady().length, 0, 'as many run as may');
  peer.session.handleDeadline(0);
  peer.pump();
  const limits = peer.events.filter((event) => event.type === 'limit');
  assert.equal(
    limits.map(({ reason, dropped }) => [reason, dropped]),
    [['inbox-keys', 5 * 3000 - 1024 - 1024]],
  );
  assert.is(peer.session.status, 'open');
});
dropping.run();

const ends = suite('at the end');

ends('what waits at a drain goes out first, and what comes later is dropped', () => {
  const pair = SessionPair.open();
  pair.client.mayWrite = 0;
  const from = pair.client.writes.length;
  send(pair.client, 'last');
  pair.client.sayGoodbye({ sendWaiting: true });
  send(pair.client, 'late');
  pair.client.mayWrite = Infinity;
  pair.settle();
  assert.equal(take(pair.server), ['last']);
  assert.equal(shapes(pair.client, from), ['Vlast', 'GOODBYE']);
  assert.equal(dropsOf(pair.client), [['not-open', 1]]);
});

ends('a drain waits until all have gone out', () => {
  const pair = SessionPair.open();
  pair.client.mayWrite = 0;
  for (let at = 0; at < 30; at += 1) send(pair.client, `${at}`, `${at}`, 16_000);
  pair.client.sayGoodbye({ sendWaiting: true });
  pair.client.mayWrite = Infinity;
  pair.settle();
  assert.is(take(pair.server).length, 30);
  assert.is(pair.client.closed?.cause.kind, 'closed');
  assert.equal(dropsOf(pair.client), []);
});

ends('what waits at a close is dropped', () => {
  const pair = SessionPair.open();
  send(pair.client, 'last');
  pair.client.sayGoodbye({ sendWaiting: false });
  pair.settle();
  assert.equal(take(pair.server), []);
  assert.equal(dropsOf(pair.client), [['not-open', 1]]);
  assert.is(pair.client.closed?.cause.kind, 'closed');
});

ends('what waits when the peer closes is dropped', () => {
  const peer = new ScriptedPeer();
  peer.session.sendVolatile({ name: 'at', key: '', payload: new Uint8Array(1) });
  peer.forget();
  // The session learns of the goodbye before it writes.
  peer.say((writer) => writer.goodbye(0, true, 0, ''));
  assert.equal(peer.framesOf(FrameType.VOLATILE), []);
});

ends('what arrives before the goodbye, in the same bytes, is still to be handled', () => {
  const peer = new ScriptedPeer();
  peer.say((writer) => {
    message(1)(writer);
    writer.volatile('', 'at', Uint8Array.of(7), null);
    writer.goodbye(1, true, 0, '');
  });
  assert.equal(
    peer.session.volatile.inbox.takeReady().map(({ payload }) => payload[0]),
    [7],
  );
});

ends('nothing waits after a destroy', () => {
  const peer = new ScriptedPeer();
  peer.say((writer) => writer.volatile('', 'at', Uint8Array.of(7), null));
  peer.session.destroy({ kind: 'destroyed' });
  assert.equal(peer.session.volatile.inbox.takeReady(), []);
});
ends.run();
