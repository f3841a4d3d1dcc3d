/** What a session that goes on over another connection tells again, what it does not, and whom it refuses. PROTOCOL.md §19. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EMPTY_DIGEST, mixDigest } from '../../../../packages/core/src/session/digest.ts';
import { FrameType, type FrameType as Type } from '../../../../packages/core/src/wire/frame-type.ts';
import type { Frame } from '../../../../packages/core/src/wire/frame.ts';
import { sentFrames } from '../../../support/sent-frames.ts';
import {
  HANDLED,
  SessionPair,
  assertTrueOutcomes,
  refusedWith,
  sentText,
  tally,
  type SessionEnd,
  type SessionPairOptions,
} from '../../../support/session-pair.ts';

const KEPT: SessionPairOptions = { windowMs: 1000 };

/** Everything that an end writes while `act` runs. */
function writtenDuring(end: SessionEnd, act: () => void): Frame[] {
  const before = end.writes.length;
  act();
  return sentFrames(end.writes.slice(before));
}

/** The frame of a type; those of MESSAGE and REQUEST share one. */
type FrameOf<T> = Frame extends infer F ? (F extends { type: infer U } ? (T extends U ? F : never) : never) : never;

function only<T extends Type>(frames: readonly Frame[], type: T): FrameOf<T>[] {
  return frames.filter((frame) => frame.type === type) as FrameOf<T>[];
}

function comeBack(pair: SessionPair): void {
  pair.reconnect();
  pair.settle();
  assert.equal([pair.client.session.status, pair.server.session.status], ['open', 'open']);
}

const again = suite('after a resume');

// Pitfall 5: “no position yet” is no reason not to go on.
again('a session in which nothing was said goes on', () => {
  const pair = SessionPair.open(KEPT);
  pair.cut();
  assert.equal([pair.client.session.status, pair.server.session.status], ['suspended', 'suspended']);
  comeBack(pair);
  assert.equal([pair.client.resumes, pair.server.resumes], [1, 1]);
  const sent = pair.client.send('a');
  pair.settle();
  assert.is(sent.stage, 'handled');
});

// Pitfalls 12 and 13: what was refused must never look handled, and a handler does not run again because its answer was lost.
again('a refusal whose ACK was lost is told again, and never counts as handled', () => {
  const pair = SessionPair.open({ ...KEPT, latencyMs: 10 });
  pair.server.onMessage = (_, text) => (text === 'no' ? refusedWith('full') : HANDLED);
  const [no, yes] = [pair.client.send('no'), pair.client.send('yes')];
  pair.advance(15);
  assert.equal(pair.server.startedTexts, ['no', 'yes']);
  pair.reconnect();
  pair.advance(100);
  assert.equal([no.error?.refusal?.code, yes.stage], ['full', 'handled']);
  assert.equal(pair.server.startedTexts, ['no', 'yes']);
  assert.equal(
    pair.client.steps.filter((step) => step === 'no handled'),
    [],
  );
});

again('a refusal that was read is not told again', () => {
  const pair = SessionPair.open(KEPT);
  pair.server.onMessage = () => refusedWith('full');
  pair.client.send('no');
  pair.settle();
  const frames = writtenDuring(pair.server, () => comeBack(pair));
  assert.equal(
    only(frames, FrameType.ACK).flatMap(({ detail }) => detail?.refusals ?? []),
    [],
  );
});

again('a refusal that was told, and not said to be read, is kept until it is', () => {
  const pair = SessionPair.open({ ...KEPT, latencyMs: 10 });
  pair.server.onMessage = () => refusedWith('full');
  const no = pair.client.send('no');
  pair.advance(25);
  assert.is(no.error?.outcome, 'refused');
  const told = writtenDuring(pair.server, () => {
    pair.reconnect();
    pair.advance(100);
  });
  assert.equal(
    only(told, FrameType.ACK).flatMap(({ detail }) => detail?.refusals.map(({ id }) => id) ?? []),
    [1],
  );
  const toldNoMore = writtenDuring(pair.server, () => {
    pair.reconnect();
    pair.advance(100);
  });
  assert.equal(
    only(toldNoMore, FrameType.ACK).flatMap(({ detail }) => detail?.refusals ?? []),
    [],
  );
  assert.is(tally(pair.client)['refused'], 1);
});

again('refusals that fill several ACKs are told again before any position covers them', () => {
  const pair = SessionPair.open({ ...KEPT, latencyMs: 10 });
  pair.client.send('known');
  pair.advance(50);
  pair.server.onMessage = () => refusedWith('full');
  const count = 600;
  for (let at = 0; at < count; at += 1) pair.client.send(`${at}`);
  pair.advance(15);
  assert.is(pair.server.started.length, count + 1);
  pair.reconnect();
  pair.advance(100);
  assert.equal(tally(pair.client), { handled: 1, refused: count });
});

again(
  'refusals that were read on the last connection are not acknowledged on the next, unless they are told there',
  () => {
    const pair = SessionPair.open(KEPT);
    pair.server.onMessage = () => refusedWith('no');
    // More than one ACK holds: the first position lies behind what is known already.
    const count = 600;
    for (let at = 0; at < count; at += 1) pair.client.send(`${at}`);
    pair.client.mayWrite = 1;
    pair.settle();
    assert.equal(tally(pair.client), { refused: count });
    pair.cut();
    pair.client.mayWrite = Infinity;
    comeBack(pair);
    pair.client.send('after');
    pair.settle();
    assert.equal(tally(pair.client), { refused: count + 1 });
  },
);

again('what was sent again is counted once', () => {
  const pair = SessionPair.open({ ...KEPT, latencyMs: 10 });
  for (let round = 0; round < 4; round += 1) {
    pair.client.send(`m${round}`);
    pair.advance(round % 2 === 0 ? 5 : 50);
    pair.reconnect();
    pair.advance(50);
  }
  assert.equal([pair.rejections, pair.server.resumes], [[], 4]);
  assert.equal(tally(pair.client), { handled: 4 });
});

again('the window that was running is over', () => {
  const pair = SessionPair.open(KEPT);
  pair.cut();
  comeBack(pair);
  pair.advance(5000);
  assert.equal([pair.client.session.status, pair.server.session.status], ['open', 'open']);
});

// D3: a handler that outlives the connection decides, and nobody asks it again.
again('a handler that runs meanwhile tells its verdict over the next connection', () => {
  const pair = SessionPair.open(KEPT);
  pair.server.onMessage = () => null;
  const [message, question] = [pair.client.send('m'), pair.client.request('q')];
  pair.settle();
  pair.cut();
  pair.server.finish('m', refusedWith('late'));
  pair.server.finish('q');
  comeBack(pair);
  assert.equal([message.error?.refusal?.code, question.stage], ['late', 'handled']);
});

again('ids that were settled out of order are told again', () => {
  const pair = SessionPair.open({ ...KEPT, latencyMs: 10 });
  pair.server.onMessage = (message) => (message.isRequest ? null : HANDLED);
  const [question, ...messages] = [pair.client.request('q'), ...['a', 'b', 'c'].map((text) => pair.client.send(text))];
  pair.advance(15);
  pair.cut();
  assert.equal(
    messages.map(({ stage }) => stage),
    ['sent', 'sent', 'sent'],
  );
  pair.reconnect();
  pair.advance(60);
  assert.equal([question.stage, ...messages.map(({ stage }) => stage)], ['delivered', 'handled', 'handled', 'handled']);
});

again('a message that was received in part is sent again whole, under its id', () => {
  const pair = SessionPair.open({ ...KEPT, slice: () => 5000 });
  pair.client.mayWrite = 1;
  pair.client.send('before');
  const large = pair.client.send('large', 200_000);
  pair.settle();
  assert.equal([large.stage, large.isWhollyWritten, large.id], ['sent', false, 2]);
  pair.cut();
  pair.client.mayWrite = Infinity;
  const frames = writtenDuring(pair.client, () => comeBack(pair));
  const chunks = only(frames, FrameType.MESSAGE);
  assert.equal([...new Set(chunks.map(({ sequence }) => sequence))], [2]);
  assert.is(
    chunks.reduce((sum, { payload }) => sum + payload.length, 0),
    200_000,
  );
  assert.equal([large.stage, large.attempts], ['handled', 2]);
  assert.is(pair.server.started.at(-1)!.payload.length, 200_000);
});

// Pitfall 25.
again('new messages do not overtake what is sent again', () => {
  const pair = SessionPair.open({ ...KEPT, latencyMs: 10 });
  for (const text of ['a', 'b', 'c']) pair.client.send(text);
  pair.advance(5);
  pair.cut();
  for (const text of ['d', 'e']) pair.client.send(text);
  pair.reconnect();
  pair.client.send('f');
  pair.advance(100);
  assert.equal(pair.server.startedTexts, ['a', 'b', 'c', 'd', 'e', 'f']);
  assert.equal(tally(pair.client), { handled: 6 });
});

// Pitfall 9: an acknowledgement that comes while messages are sent again takes none of them away.
again('an acknowledgement in the middle of what is sent again leaves no hole', () => {
  const pair = SessionPair.open({ ...KEPT, latencyMs: 10 });
  const texts = Array.from({ length: 40 }, (_, at) => `m${at}`);
  for (const text of texts) pair.client.send(text, 8000);
  pair.advance(5);
  pair.cut();
  pair.client.mayWrite = 2;
  pair.reconnect();
  pair.advance(60);
  const written = pair.client.sent.filter(({ isWhollyWritten }) => isWhollyWritten).length;
  assert.ok(written > 2 && written < 40, `${written} written`);
  pair.client.mayWrite = Infinity;
  pair.advance(100);
  assert.equal(pair.server.startedTexts, texts);
  assert.equal(tally(pair.client), { handled: 40 });
});

// Pitfall 15: what was only written is nothing yet. P6: a late acknowledgement is not a loss.
again('nothing is written twice on one connection, and nothing that was received is written again', () => {
  const pair = SessionPair.open({ ...KEPT, latencyMs: 10 });
  pair.server.onMessage = () => null;
  for (const text of ['a', 'b', 'c']) pair.client.send(text);
  pair.advance(5000);
  assert.equal(
    pair.client.sent.map(({ attempts }) => attempts),
    [1, 1, 1],
  );
  const frames = writtenDuring(pair.client, () => {
    pair.reconnect();
    pair.advance(100);
  });
  assert.equal(only(frames, FrameType.MESSAGE), []);
});

// Pitfalls 2 and 3: positions go past 16 bits and stay absolute.
again('positions above 65535 go on as they are', () => {
  const pair = SessionPair.open(KEPT);
  const count = 65_530;
  for (let sent = 0; sent < count; sent += 10_000) {
    for (let at = sent; at < Math.min(count, sent + 10_000); at += 1) pair.client.send(`${at}`);
    pair.settle();
  }
  pair.server.onMessage = () => null;
  const before = Array.from({ length: 10 }, (_, at) => pair.client.send(`before ${at}`));
  pair.settle();
  pair.cut();
  const after = Array.from({ length: 10 }, (_, at) => pair.client.send(`after ${at}`));
  comeBack(pair);
  pair.server.onMessage = () => HANDLED;
  pair.server.finish('before 0');
  pair.settle();
  assert.equal(
    [...before, ...after].map(({ id, stage }) => [id, stage]),
    Array.from({ length: 20 }, (_, at) => [count + 1 + at, 'handled']),
  );
});

again('type names are spelled out again', () => {
  const pair = SessionPair.open(KEPT);
  pair.client.send('a', 0, 'chat');
  pair.settle();
  pair.cut();
  pair.client.send('b', 0, 'chat');
  comeBack(pair);
  assert.equal(
    pair.server.started.map(({ name }) => name),
    ['chat', 'chat'],
  );
});

// Pitfall 14: a lost answer leaves nobody waiting.
again('a reply that was lost is sent again', () => {
  const pair = SessionPair.open({ ...KEPT, latencyMs: 10 });
  const question = pair.client.request('q');
  pair.advance(15);
  assert.equal([pair.server.startedTexts, question.stage], [['q'], 'sent']);
  pair.reconnect();
  pair.advance(100);
  assert.equal([pair.server.startedTexts, question.stage], [['q'], 'handled']);
});
again.run();

const goodbye = suite('a goodbye that loses its connection');

for (const afterMs of [5, 15, 19]) {
  goodbye(`is finished by one resume, lost after ${afterMs} ms`, () => {
    const pair = SessionPair.open({ ...KEPT, latencyMs: 10 });
    const last = pair.client.send('last');
    pair.client.sayGoodbye();
    pair.advance(afterMs);
    assert.is(pair.client.session.status, 'draining');
    pair.reconnect();
    pair.advance(200);
    assert.equal(
      pair.ends.map(({ closed, resumes }) => [closed?.cause.kind, resumes]),
      [
        ['closed', 1],
        ['closed', 1],
      ],
    );
    assert.is(last.stage, 'handled');
    assertTrueOutcomes(pair);
  });
}

goodbye('is finished when both crossed', () => {
  const pair = SessionPair.open({ ...KEPT, latencyMs: 10 });
  for (const end of pair.ends) end.send('last');
  for (const end of pair.ends) end.sayGoodbye({ code: end === pair.client ? 1 : 2 });
  pair.advance(12);
  pair.reconnect();
  pair.advance(200);
  assert.equal(
    pair.ends.map(({ closed }) => closed?.cause),
    [
      { kind: 'closed', by: 'local', code: 1, reason: '' },
      { kind: 'closed', by: 'local', code: 2, reason: '' },
    ],
  );
  for (const end of pair.ends) assert.equal(tally(end), { handled: 1 });
});

goodbye('ends at its deadline when nobody comes back', () => {
  const pair = SessionPair.open({ windowMs: 60_000 });
  pair.client.sayGoodbye({ timeoutMs: 500, sendWaiting: true });
  pair.cut();
  pair.advance(499);
  assert.is(pair.client.session.status, 'draining');
  pair.advance(1);
  assert.equal(pair.client.closed?.cause, { kind: 'timeout', of: 'close', silentFor: 0 });
});

goodbye('may begin while there is no connection', () => {
  const pair = SessionPair.open(KEPT);
  pair.cut();
  const waiting = pair.client.send('waiting');
  pair.client.sayGoodbye({ sendWaiting: true });
  assert.is(pair.client.session.status, 'draining');
  pair.reconnect();
  pair.settle();
  assert.equal([waiting.stage, pair.client.closed?.cause.kind], ['handled', 'closed']);
});
goodbye.run();

const refused = suite('a resume is refused');

/** Everything about a session that a refused attempt could have changed. */
function snapshot({ session, events, steps }: SessionEnd): unknown {
  const { status, position, terms, undecided, nextDeadlineMs } = session;
  return structuredClone({ status, position, terms, undecided, nextDeadlineMs, events: events.length, steps });
}

/** Of the first message of the server, which is one byte long. */
const DIGEST_OF_B = mixDigest(EMPTY_DIGEST, 1, FrameType.MESSAGE, 1);

function talkedPair(): SessionPair {
  const pair = SessionPair.open(KEPT);
  pair.client.onMessage = () => null;
  pair.client.send('a');
  pair.server.send('b');
  pair.server.send('c', 100);
  pair.settle();
  // The server knows what the client has: 2. It has written one more, which the client does not.
  pair.client.mayWrite = 0;
  pair.server.send('d');
  pair.settle();
  pair.server.mayWrite = 1;
  pair.server.send('e', 200_000);
  pair.settle();
  pair.server.mayWrite = Infinity;
  pair.client.mayWrite = Infinity;
  pair.cut();
  return pair;
}

// D4, D5, D7; pitfalls 1, 7 and 11. A refusal changes nothing: the true position is still good.
for (const [what, changes, code] of [
  ['by a digest of another history', { digest: 1 }, 'ERR_HW_RESUME_MISMATCH'],
  ['by a position below what was acknowledged', { received: 1, digest: DIGEST_OF_B }, 'ERR_HW_RESUME_MISMATCH'],
  ['by a message that was written in part', { received: 4, digest: 0 }, 'ERR_HW_RESUME_MISMATCH'],
  ['by a position beyond what was sent', { received: 5 }, 'ERR_HW_RESUME_MISMATCH'],
  ['by a position beyond everything', { received: Number.MAX_SAFE_INTEGER }, 'ERR_HW_RESUME_MISMATCH'],
  ['by a goodbye that was never acknowledged', { isGoodbyeDone: true }, 'ERR_HW_RESUME_MISMATCH'],
  ['by a wrong token', { token: new Uint8Array(32) }, 'ERR_HW_RESUME_UNKNOWN'],
] as const) {
  refused(`${what}, and changes nothing`, () => {
    const pair = talkedPair();
    const before = snapshot(pair.server);
    pair.reconnect(changes);
    pair.settle();
    assert.equal(pair.rejections, [code]);
    assert.equal(snapshot(pair.server), before);
  });
}

refused('and the client begins anew: what was in doubt has its range, what waits goes on waiting', () => {
  const pair = talkedPair();
  const [doubtful, waiting] = [pair.client.sent[0]!, pair.client.send('later')];
  pair.reconnect({ digest: 1 });
  pair.settle();
  const gaps = pair.client.events.filter(({ type }) => type === 'gap');
  assert.equal(gaps, [{ type: 'gap', doubtful: [], received: 3 }]);
  assert.equal([doubtful.stage, waiting.stage, waiting.id], ['handled', 'queued', 0]);
  assert.is(pair.client.session.resumption, null);
});

refused('by a client whose server says what cannot be', () => {
  const pair = talkedPair();
  const before = pair.client.session.position;
  Object.defineProperty(pair.server.session, 'position', { value: { ...pair.server.session.position, digest: 1 } });
  pair.reconnect();
  pair.settle();
  const cause = pair.client.closed?.cause;
  assert.is(cause?.kind === 'protocol' && cause.error.code, 'ERR_HW_RESUME_MISMATCH');
  assert.equal(pair.client.session.position, before);
  const [error] = only(sentFrames(pair.client.writes.slice(-1)), FrameType.ERROR);
  assert.is(error?.code, 11);
});
refused.run();

const waits = suite('a session without a connection');

waits('ends on the server when its window is over, and says what is in doubt', () => {
  const pair = SessionPair.open(KEPT);
  pair.client.onMessage = () => null;
  const sent = pair.server.send('a');
  pair.settle();
  pair.cut();
  pair.advance(999);
  assert.is(pair.server.session.status, 'suspended');
  pair.advance(1);
  assert.equal(pair.server.closed?.cause, { kind: 'expired' });
  assert.is(sent.error?.outcome, 'unknown');
});

waits('is not there when the client never answered WELCOME', () => {
  const pair = new SessionPair({ ...KEPT, latencyMs: 10 });
  pair.advance(15);
  assert.is(pair.server.session.status, 'open');
  pair.cut();
  assert.equal(pair.server.closed?.cause, { kind: 'reset' });
  pair.giveUp();
});

// A session that was suspended by the peer's FIN was ended when its link was gone, too.
waits('waits on, when the end of the peer’s direction is followed by the end of the link', () => {
  const pair = SessionPair.open(KEPT);
  for (const end of pair.ends) end.session.receiveEnd(pair.nowMs);
  pair.settle();
  assert.ok(pair.isCut);
  assert.equal([pair.client.session.status, pair.server.session.status], ['suspended', 'suspended']);
  comeBack(pair);
});

// An end in the middle of a frame was taken for a broken protocol, and ended the session.
waits('waits when the peer’s direction ended in the middle of a frame', () => {
  const pair = SessionPair.open(KEPT);
  pair.server.receive(new Uint8Array([9, 0x38, 0]));
  pair.server.session.receiveEnd(pair.nowMs);
  assert.is(pair.server.session.status, 'suspended');
});

waits('waits when a frame was not completed in time, on either side', () => {
  const pair = SessionPair.open({ windowMs: 100_000 });
  pair.server.receive(new Uint8Array([9, 0x38, 0]));
  pair.server.session.handleDeadline(30_000);
  assert.is(pair.server.session.status, 'suspended');
  // What the peer reads then is the ERROR of a time-out.
  pair.client.session.receiveBytes(new Uint8Array([3, 0x18, 9, 0]), 30_000);
  assert.is(pair.client.session.status, 'suspended');
});

waits('ends at once when the protocol was broken', () => {
  const pair = SessionPair.open(KEPT);
  pair.server.receive(new Uint8Array([1, 0xf8]));
  pair.server.receive(new Uint8Array([1, 0x90]));
  assert.is(pair.server.closed?.cause.kind, 'protocol');
});

// Pitfall 28: the outbox keeps its limits.
waits('takes no more messages than the outbox does', () => {
  const pair = SessionPair.open({ ...KEPT, client: { outbox: { maxMessages: 3, maxBytes: 1000 } } });
  pair.cut();
  const sent = ['a', 'b', 'c', 'd'].map((text) => pair.client.send(text));
  assert.equal(
    sent.map(({ stage, error }) => error?.outcome ?? stage),
    ['queued', 'queued', 'queued', 'overflow'],
  );
  comeBack(pair);
  assert.equal(
    sent.slice(0, 3).map((message) => `${sentText(message)} ${message.stage}`),
    ['a handled', 'b handled', 'c handled'],
  );
});

waits('ends when another connection has taken it over that is not its own', () => {
  const pair = SessionPair.open(KEPT);
  pair.server.connection.writer.goaway(1, 0, 0, 0, '');
  pair.settle();
  assert.equal(pair.client.closed?.cause, { kind: 'superseded' });
});

waits('takes no notice of a GOAWAY of another code', () => {
  const pair = SessionPair.open(KEPT);
  pair.server.connection.writer.goaway(2, 0, 0, 0, '');
  pair.settle();
  assert.is(pair.client.session.status, 'open');
});
waits.run();
