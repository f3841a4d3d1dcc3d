/** Two sessions in virtual time: what arrives, in which order, and what is said about it. The ends have files of their own. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { IncomingMessage } from '../../../../packages/core/src/session/incoming-message.ts';
import { OutgoingMessage } from '../../../../packages/core/src/session/outgoing-message.ts';
import { FrameType } from '../../../../packages/core/src/wire/frame-type.ts';
import { ScriptedPeer, message, request } from '../../../support/scripted-peer.ts';
import { HANDLED, SessionPair, refusedWith, textOf, type SessionEnd } from '../../../support/session-pair.ts';

const opening = suite('a session opens');

opening('on both sides, and the client learns its id', () => {
  const pair = SessionPair.open();
  assert.equal(
    pair.client.events.filter(({ type }) => type === 'opened'),
    [{ type: 'opened', id: 'session 1', resumed: false }],
  );
  assert.equal(
    pair.server.events.filter(({ type }) => type === 'opened'),
    [{ type: 'opened', id: 'session 1', resumed: false }],
  );
});

opening('and sends what waited, in order', () => {
  const pair = new SessionPair({ latencyMs: 10 });
  const sent = ['a', 'b', 'c'].map((text) => pair.client.send(text));
  assert.equal(
    sent.map(({ stage }) => stage),
    ['queued', 'queued', 'queued'],
  );
  pair.advance(100);
  assert.equal(pair.server.startedTexts, ['a', 'b', 'c']);
  assert.equal(
    sent.map(({ stage }) => stage),
    ['handled', 'handled', 'handled'],
  );
});

opening('never when the server is silent: the handshake has its deadline', () => {
  const pair = new SessionPair({ latencyMs: 20_000 });
  pair.client.send('a');
  pair.advance(9999);
  assert.is(pair.client.session.status, 'connecting');
  pair.advance(1);
  assert.equal(pair.client.closed?.cause, { kind: 'timeout', of: 'handshake', silentFor: 10_000 });
  assert.is(pair.client.sent[0]?.error?.outcome, 'not-delivered');
});
opening.run();

const delivery = suite('a session delivers');

delivery('both ways at once, in order, and tells each step', () => {
  const pair = SessionPair.open({ latencyMs: 5 });
  for (let at = 0; at < 50; at += 1) {
    pair.client.send(`up ${at}`);
    pair.server.send(`down ${at}`);
  }
  pair.advance(20);
  assert.equal(
    pair.server.startedTexts,
    Array.from({ length: 50 }, (_, at) => `up ${at}`),
  );
  assert.equal(
    pair.client.startedTexts,
    Array.from({ length: 50 }, (_, at) => `down ${at}`),
  );
  assert.ok(pair.ends.every(({ sent }) => sent.every(({ stage }) => stage === 'handled')));
  assert.is(pair.client.session.undecided, 0);
});

delivery('what is larger than a frame', () => {
  const pair = SessionPair.open();
  const large = pair.client.send('large', 500_000);
  const next = pair.client.send('next');
  pair.settle();
  assert.equal(pair.server.startedTexts, ['large', 'next']);
  assert.is(pair.server.started[0]!.payload.length, 500_000);
  assert.equal([large.stage, next.stage], ['handled', 'handled']);
});

delivery('and says delivered before the handler has finished', () => {
  const pair = SessionPair.open();
  pair.server.onMessage = () => null;
  const sent = pair.client.send('a');
  pair.settle();
  assert.is(sent.stage, 'sent', 'an acknowledgement of one message may be held back');
  pair.advance(25);
  assert.is(sent.stage, 'delivered');
  pair.server.finish('a');
  pair.settle();
  assert.is(sent.stage, 'handled');
});

delivery('one message at a time to the handlers, and requests beside them', () => {
  const pair = SessionPair.open();
  pair.server.onMessage = () => null;
  pair.client.send('a');
  pair.client.send('b');
  pair.client.request('q');
  pair.settle();
  assert.equal(pair.server.startedTexts, ['a', 'q']);
  pair.server.finish('a');
  pair.settle();
  assert.equal(pair.server.startedTexts, ['a', 'q', 'b']);
});

delivery('no more than the window takes, and the rest as it empties', () => {
  const pair = SessionPair.open({ server: { announcement: { windowMessages: 4 } } });
  pair.server.onMessage = () => null;
  for (let at = 0; at < 10; at += 1) pair.client.send(`m${at}`);
  pair.advance(1000);
  const stages = (): string => pair.client.sent.map(({ stage }) => stage[0]).join('');
  assert.is(stages(), 'ddddqqqqqq');
  for (let at = 0; at < 10; at += 1) {
    pair.server.finish(`m${at}`);
    pair.advance(30);
  }
  assert.is(stages(), 'hhhhhhhhhh');
  assert.is(pair.server.session.status, 'open');
});

delivery('across the places where the low 16 bits of the ids come around', () => {
  const pair = SessionPair.open();
  for (let round = 0; round < 18; round += 1) {
    for (let at = 0; at < 4000; at += 1) pair.client.send(String(round * 4000 + at));
    pair.settle();
  }
  assert.is(pair.server.started.length, 72_000);
  assert.ok(pair.server.startedTexts.every((text, at) => text === String(at)));
  assert.is(pair.client.session.undecided, 0);
});

for (const size of [1, 2, 3, 7, 100]) {
  delivery(`the same in pieces of ${size} bytes as whole`, () => {
    const whole = converse(SessionPair.open());
    assert.equal(converse(SessionPair.open({ slice: () => size })), whole);
  });
}

delivery('the same in random pieces as whole', () => {
  const whole = converse(SessionPair.open());
  for (let seed = 1; seed <= 50; seed += 1) {
    const pair = SessionPair.open({ seed, slice: (random) => random.integer(1, 40) });
    assert.equal(converse(pair), whole, `seed ${seed}`);
  }
});

/** A conversation with everything in it; returns what each side has seen. */
function converse(pair: SessionPair): unknown {
  pair.server.onMessage = (_, text) => (text.includes('bad') ? refusedWith('bad') : HANDLED);
  pair.client.onMessage = () => HANDLED;
  for (let at = 0; at < 5; at += 1) {
    pair.client.send(`m${at}`, at * 5000);
    pair.client.request(`bad q${at}`);
    pair.client.request(`q${at}`);
    pair.server.send(`bad d${at}`);
    pair.client.send(`bad m${at}`);
  }
  pair.settle();
  pair.server.sayGoodbye({ code: 3, reason: 'done' });
  pair.advance(100);
  return pair.ends.map(seenBy);
}

function seenBy(end: SessionEnd): unknown {
  const outcomes = end.sent.map(({ stage, error }) => error?.refusal?.code ?? stage);
  // Requests run beside messages; who of the two is first depends on how the bytes were cut.
  const [requested, messages] = [true, false].map((kind) => end.started.filter(({ isRequest }) => isRequest === kind));
  const texts = (list: IncomingMessage[] | undefined): string[] | undefined =>
    list?.map(({ payload }) => textOf(payload));
  return { requests: texts(requested), messages: texts(messages), outcomes, cause: end.closed?.cause };
}
delivery.run();

const refusals = suite('a refusal');

refusals('reaches the sender with its code, and its neighbours are handled', () => {
  const pair = SessionPair.open();
  pair.server.onMessage = (_, text) => (text === 'b' ? refusedWith('no') : HANDLED);
  const [a, b, c] = ['a', 'b', 'c'].map((text) => pair.client.send(text));
  pair.settle();
  assert.equal([a?.stage, b?.error?.refusal?.code, c?.stage], ['handled', 'no', 'handled']);
});

refusals('of a type that nobody consumes says so', () => {
  const pair = SessionPair.open({ server: { consumes: ['say'] } });
  const [unknown, known] = [pair.client.send('a', 0, 'other'), pair.client.send('b')];
  const unknownRequest = pair.client.request('c', 0, 'unknown');
  pair.settle();
  assert.equal(
    [unknown.error?.code, unknownRequest.error?.code, known.stage],
    ['ERR_HW_NO_HANDLER', 'ERR_HW_NO_HANDLER', 'handled'],
  );
  assert.is(pair.server.session.inbox.unanswered, 0);
});

refusals('of hundreds at once with much to say does not cost the connection', () => {
  const pair = SessionPair.open({ client: { announcement: { frameMaxBytes: 1024 } } });
  const data = new Uint8Array(800).fill(120);
  pair.server.onMessage = () => ({ kind: 'refused', code: 'no', data });
  for (let at = 0; at < 600; at += 1) pair.client.send(`m${at}`);
  for (let at = 0; at < 100; at += 1) pair.client.request(`q${at}`);
  pair.settle();
  assert.is(pair.client.session.status, 'open');
  assert.ok(pair.client.sent.every(({ error }) => error?.refusal?.code === 'no'));
});

refusals('takes effect where the handler finishes long after its neighbours', () => {
  const pair = SessionPair.open();
  pair.server.onMessage = (incoming) => (incoming.isRequest ? null : HANDLED);
  const [slow, quick] = [pair.client.request('slow'), pair.client.send('quick')];
  pair.settle();
  assert.is(quick.stage, 'handled', 'told as a range above the position');
  pair.server.finish('slow', refusedWith('late'));
  pair.settle();
  assert.is(slow.error?.refusal?.code, 'late');
});
refusals.run();

const requests = suite('a request');

requests('is answered, out of order too', () => {
  const pair = SessionPair.open();
  pair.server.onMessage = () => null;
  const [first, second] = [pair.client.request('first'), pair.client.request('second')];
  pair.settle();
  pair.server.finish('second', { kind: 'handled', payload: new Uint8Array([2]) });
  pair.settle();
  assert.equal([first.stage, second.stage, second.reply], ['delivered', 'handled', new Uint8Array([2])]);
  pair.server.finish('first', { kind: 'handled', payload: new Uint8Array([1]) });
  pair.settle();
  assert.equal([first.stage, first.reply], ['handled', new Uint8Array([1])]);
});

requests('may be made by the handler of a message of the same peer', () => {
  const pair = SessionPair.open();
  pair.server.onMessage = (_, text) => {
    pair.server.request(`about ${text}`);
    return null;
  };
  const sent = pair.client.send('a');
  pair.settle();
  const [question] = pair.server.sent;
  assert.is(question?.stage, 'handled');
  pair.server.finish('a');
  pair.settle();
  assert.is(sent.stage, 'handled');
});

requests('waits when the peer answers as many as it wants to', () => {
  const pair = SessionPair.open({ server: { announcement: { maxRequests: 2 } } });
  pair.server.onMessage = () => null;
  for (let at = 0; at < 5; at += 1) pair.client.request(`q${at}`);
  pair.settle();
  assert.equal(pair.server.startedTexts, ['q0', 'q1']);
  pair.server.finish('q1');
  pair.settle();
  assert.equal(pair.server.startedTexts, ['q0', 'q1', 'q2']);
  assert.is(pair.client.session.status, 'open');
});

requests('is not held up by an answer of many chunks, nor holds it up', () => {
  const pair = SessionPair.open();
  pair.server.onMessage = () => ({ kind: 'handled', payload: new Uint8Array(300_000).fill(1) });
  const both = [pair.client.request('a'), pair.client.request('b')];
  pair.settle();
  assert.ok(both.every(({ stage, reply }) => stage === 'handled' && reply?.length === 300_000));
});
requests.run();

const acknowledging = suite('acknowledgements');

acknowledging('ride on frames that leave anyway', () => {
  const peer = new ScriptedPeer();
  peer.say(message(1));
  peer.forget();
  peer.session.settle(peer.ready[0]!, HANDLED);
  peer.session.send(new OutgoingMessage('message', 'say', new Uint8Array(1)));
  peer.pump();
  assert.equal(peer.framesOf(FrameType.ACK), []);
  assert.equal(peer.framesOf(FrameType.MESSAGE)[0]?.ack, { received: 1, unsettled: 0, delayTicks: 0 });
});

acknowledging('of one received message wait 25 ms, for its handler', () => {
  const peer = new ScriptedPeer();
  peer.say(message(1));
  assert.equal(peer.framesOf(FrameType.ACK), []);
  assert.is(peer.session.nextDeadlineMs, 25);
  peer.nowMs = 25;
  peer.session.handleDeadline(25);
  peer.pump();
  assert.equal(
    peer.framesOf(FrameType.ACK).map(({ ack }) => ack),
    [{ received: 1, unsettled: 1, delayTicks: 250 }],
  );
});

acknowledging('whose time has come do not come up again while nothing can be written', () => {
  const peer = new ScriptedPeer();
  peer.say(message(1));
  peer.nowMs = 25;
  peer.session.handleDeadline(25);
  assert.ok(peer.session.nextDeadlineMs > 500, `${peer.session.nextDeadlineMs}`);
  peer.nowMs = 500;
  peer.pump();
  assert.is(peer.framesOf(FrameType.ACK).length, 1, 'it is owed all the same');
});

acknowledging('of many messages that came together are one', () => {
  const peer = new ScriptedPeer();
  peer.say((writer) => {
    for (let id = 1; id <= 500; id += 1) message(id)(writer);
  });
  assert.equal(
    peer.framesOf(FrameType.ACK).map(({ ack }) => ack.unsettled),
    [500],
  );
  peer.forget();
  for (const incoming of peer.ready) peer.session.settle(incoming, HANDLED);
  peer.pump();
  assert.equal(
    peer.framesOf(FrameType.ACK).map(({ ack }) => [ack.received, ack.unsettled]),
    [[500, 0]],
  );
});

acknowledging('go at once when the peer asks', () => {
  const peer = new ScriptedPeer();
  peer.say(message(1)).say((writer) => writer.ping(1, null));
  assert.is(peer.framesOf(FrameType.ACK).length, 1);
  assert.is(peer.framesOf(FrameType.PONG).length, 1);
});

acknowledging('are not owed for acknowledgements', () => {
  const pair = SessionPair.open();
  pair.client.send('a');
  pair.settle();
  const writes = pair.ends.map((end) => end.writes.length);
  pair.advance(5000);
  assert.equal(
    pair.ends.map((end) => end.writes.length),
    writes,
  );
});

acknowledging('of a request settle it in the turn of its answer', () => {
  const peer = new ScriptedPeer();
  peer.say(request(1));
  peer.forget();
  peer.session.settle(peer.ready[0]!, HANDLED);
  peer.pump();
  assert.equal(peer.framesOf(FrameType.REPLY)[0]?.ack, { received: 1, unsettled: 0, delayTicks: 0 });
});

acknowledging('count a message once, however often its handler says so', () => {
  const peer = new ScriptedPeer({ announcement: { windowMessages: 2, maxRequests: 1 } });
  peer.say(request(1)).say(message(2));
  for (const incoming of peer.ready) {
    peer.session.settle(incoming, HANDLED);
    peer.session.settle(incoming, refusedWith('too late'));
    peer.session.settle(incoming, HANDLED);
  }
  peer.pump();
  assert.is(peer.framesOf(FrameType.REPLY).length, 1);
  assert.is(peer.session.inbox.unanswered, 0);
  assert.equal(
    peer.framesOf(FrameType.ACK).flatMap(({ detail }) => detail?.refusals ?? []),
    [],
  );
  // A window that had been given back twice would take a third.
  peer.say(message(3)).say(message(4));
  assert.is(peer.session.status, 'open');
  peer.say(message(5));
  assert.is(peer.session.status, 'closed');
});
acknowledging.run();

const silence = suite('a silent session');

silence('is kept alive by both sides, with nothing but heartbeats', () => {
  const pair = SessionPair.open({ latencyMs: 5 });
  pair.advance(3_600_000);
  assert.equal([pair.client.session.status, pair.server.session.status], ['open', 'open']);
  // At most one beat and one answer per 12 s (0.8 of the interval) and side.
  for (const end of pair.ends) assert.ok(end.writes.length <= 2 * (3600 / 12) + 10, `${end.writes.length} writes`);
});
silence.run();
