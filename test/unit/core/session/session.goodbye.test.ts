/** The end of a session by agreement, from every side and in every situation. PROTOCOL.md §12. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { OutgoingMessage } from '../../../../packages/core/src/session/outgoing-message.ts';
import { FrameType } from '../../../../packages/core/src/wire/frame-type.ts';
import { ScriptedPeer, message, request } from '../../../support/scripted-peer.ts';
import { HANDLED, SessionPair, assertTrueOutcomes, refusedWith, tally } from '../../../support/session-pair.ts';

const WORDS = { code: 7, reason: 'good night' };

for (const name of ['client', 'server'] as const) {
  const goodbye = suite(`a goodbye of the ${name}`);

  goodbye('ends both sides at once when nothing is owed', () => {
    const pair = SessionPair.open();
    pair[name].sayGoodbye(WORDS);
    pair.settle();
    assert.equal(pair[name].closed, { type: 'closed', link: 'end', cause: { kind: 'closed', by: 'local', ...WORDS } });
    const other = pair.other(pair[name]);
    assert.equal(other.closed?.cause, { kind: 'closed', by: 'peer', ...WORDS });
    assert.equal(
      other.events.map(({ type }) => type).filter((type) => type === 'draining'),
      ['draining'],
    );
    assertTrueOutcomes(pair);
  });

  goodbye('sends what waits first, where that is wanted', () => {
    const pair = SessionPair.open({ latencyMs: 10, [otherSide(name)]: { announcement: { windowMessages: 3 } } });
    for (let at = 0; at < 10; at += 1) pair[name].send(`m${at}`);
    pair[name].sayGoodbye();
    pair.advance(300);
    assert.equal(tally(pair[name]), { handled: 10 });
    assertTrueOutcomes(pair);
  });

  goodbye('withdraws what waits, where that is wanted, and lets the rest settle', () => {
    const pair = SessionPair.open({ latencyMs: 10, [otherSide(name)]: { announcement: { windowMessages: 2 } } });
    for (let at = 0; at < 5; at += 1) pair[name].send(`m${at}`);
    pair.settle();
    pair[name].sayGoodbye({ sendWaiting: false });
    pair.advance(100);
    assert.equal(tally(pair[name]), { handled: 2, 'not-delivered': 3 });
    assertTrueOutcomes(pair);
  });

  goodbye('makes the other side withdraw what waits', () => {
    const pair = SessionPair.open({ latencyMs: 10, [name]: { announcement: { windowMessages: 2 } } });
    const other = pair.other(pair[name]);
    for (let at = 0; at < 5; at += 1) other.send(`m${at}`);
    pair[name].onMessage = () => null;
    pair.advance(15);
    pair[name].sayGoodbye();
    pair.advance(15);
    assert.equal(tally(other), { undecided: 2, 'not-delivered': 3 });
    for (const text of ['m0', 'm1']) {
      pair[name].finish(text);
      pair.advance(50);
    }
    assert.equal(tally(other), { handled: 2, 'not-delivered': 3 });
    assertTrueOutcomes(pair);
  });

  goodbye('waits for handlers that run, on both sides', () => {
    const pair = SessionPair.open({ latencyMs: 10 });
    for (const end of pair.ends) end.onMessage = () => null;
    pair.client.send('to server');
    pair.server.send('to client');
    pair.advance(40);
    pair[name].sayGoodbye();
    pair.advance(1000);
    assert.equal([pair.client.session.status, pair.server.session.status], ['draining', 'draining']);
    pair.server.finish('to server', refusedWith('no'));
    pair.advance(100);
    assert.equal([pair.client.session.status, pair.server.session.status], ['draining', 'draining']);
    pair.client.finish('to client');
    pair.advance(100);
    assert.equal([tally(pair.client), tally(pair.server)], [{ refused: 1 }, { handled: 1 }]);
    assertTrueOutcomes(pair);
  });

  goodbye('answers every request that was received before', () => {
    const pair = SessionPair.open({ latencyMs: 10 });
    const other = pair.other(pair[name]);
    pair[name].onMessage = () => null;
    const question = other.request('q');
    pair.advance(15);
    pair[name].sayGoodbye();
    pair.advance(500);
    assert.is(pair[name].session.status, 'draining');
    pair[name].finish('q', { kind: 'handled', payload: new Uint8Array([42]) });
    pair.advance(100);
    assert.equal([question.stage, question.reply], ['handled', new Uint8Array([42])]);
    assertTrueOutcomes(pair);
  });

  // The request was refused and its handler ran all the same: "not delivered" was not true.
  goodbye('refuses a request that crosses it, and the application never sees that request', () => {
    const pair = SessionPair.open({ latencyMs: 10 });
    const other = pair.other(pair[name]);
    pair[name].sayGoodbye();
    const crossing = other.request('q');
    const messageCrossing = other.send('m');
    pair.advance(100);
    assert.equal([crossing.error?.outcome, crossing.error?.code], ['not-delivered', 'ERR_HW_SESSION_CLOSED']);
    assert.ok(crossing.error?.safeToRetry);
    assert.equal(pair[name].startedTexts, ['m']);
    assert.is(messageCrossing.stage, 'handled');
    assert.is(other.closed?.cause.kind, 'closed');
    assertTrueOutcomes(pair);
  });

  goodbye('refuses more requests that cross it than run at once, and lanes stay free', () => {
    const pair = SessionPair.open({ latencyMs: 10 });
    const other = pair.other(pair[name]);
    pair[name].sayGoodbye();
    for (let at = 0; at < 40; at += 1) other.request(`q${at}`);
    pair.advance(100);
    assert.equal(tally(other), { 'not-delivered': 40 });
    assert.equal(pair[name].startedTexts, []);
    assertTrueOutcomes(pair);
  });

  goodbye('has its deadline, which drops the connection', () => {
    const pair = SessionPair.open({ latencyMs: 10 });
    const other = pair.other(pair[name]);
    other.onMessage = () => null;
    const never = pair[name].send('never');
    pair.advance(40);
    pair[name].sayGoodbye({ timeoutMs: 1000 });
    pair.advance(999);
    assert.is(pair[name].session.status, 'draining');
    pair.advance(1);
    assert.equal(pair[name].closed, {
      type: 'closed',
      link: 'abort',
      cause: { kind: 'timeout', of: 'close', silentFor: 0 },
    });
    assert.equal([never.error?.outcome, never.error?.lastStage], ['unknown', 'delivered']);
    assertTrueOutcomes(pair);
  });

  goodbye('is waited for by the other side for 5 s, whatever deadline was asked for', () => {
    const pair = SessionPair.open({ latencyMs: 10 });
    const other = pair.other(pair[name]);
    pair[name].onMessage = () => null;
    other.send('never finished');
    pair.advance(40);
    pair[name].sayGoodbye({ timeoutMs: 60_000 });
    pair.advance(5020);
    assert.equal(other.closed?.cause, { kind: 'timeout', of: 'close', silentFor: 0 });
    assertTrueOutcomes(pair);
  });

  goodbye('may be hastened, not slowed down', () => {
    const pair = SessionPair.open({ latencyMs: 10 });
    const other = pair.other(pair[name]);
    other.onMessage = () => null;
    pair[name].send('never');
    pair.advance(40);
    pair[name].sayGoodbye({ timeoutMs: 3000, ...WORDS });
    pair[name].sayGoodbye({ timeoutMs: 1000, sendWaiting: false });
    pair[name].sayGoodbye({ timeoutMs: 4000 });
    pair.advance(999);
    assert.is(pair[name].session.status, 'draining');
    pair.advance(1);
    assert.is(pair[name].session.status, 'closed');
    assertTrueOutcomes(pair);
  });

  goodbye('accepts nothing more to send', () => {
    const pair = SessionPair.open({ latencyMs: 10 });
    pair[name].sayGoodbye();
    const late = pair[name].send('late');
    assert.equal(
      [late.stage, late.error?.outcome, late.error?.code],
      ['failed', 'not-delivered', 'ERR_HW_SESSION_CLOSED'],
    );
    pair.advance(100);
    assert.is(pair[name].send('later').stage, 'failed');
    assertTrueOutcomes(pair);
  });

  goodbye('in the middle of traffic of both sides loses nothing', () => {
    for (let turns = 0; turns < 12; turns += 1) {
      const pair = SessionPair.open({ latencyMs: 5, seed: turns + 1, slice: (random) => random.integer(1, 200) });
      for (let at = 0; at < 20; at += 1) {
        for (const end of pair.ends) {
          end.send(`${end === pair.client ? 'c' : 's'}m${at}`, at * 100);
          end.request(`${end === pair.client ? 'c' : 's'}q${at}`);
        }
        if (at === turns) pair[name].sayGoodbye();
        pair.advance(1);
      }
      pair.advance(200);
      assert.is(pair[name].closed?.cause.kind, 'closed');
      for (const end of pair.ends) assert.is(tally(end)['unknown'], undefined);
      assertTrueOutcomes(pair);
    }
  });
  goodbye.run();
}

function otherSide(name: 'client' | 'server'): 'client' | 'server' {
  return name === 'client' ? 'server' : 'client';
}

const both = suite('goodbyes of both sides at once');

both('end the session, each side as its own', () => {
  const pair = SessionPair.open({ latencyMs: 10 });
  pair.client.send('a');
  pair.server.send('b');
  pair.client.sayGoodbye({ code: 1 });
  pair.server.sayGoodbye({ code: 2 });
  pair.advance(100);
  assert.equal(pair.client.closed?.cause, { kind: 'closed', by: 'local', code: 1, reason: '' });
  assert.equal(pair.server.closed?.cause, { kind: 'closed', by: 'local', code: 2, reason: '' });
  assert.equal([tally(pair.client), tally(pair.server)], [{ handled: 1 }, { handled: 1 }]);
  assertTrueOutcomes(pair);
});

both('while each owes the other an answer, wait for both', () => {
  const pair = SessionPair.open({ latencyMs: 10 });
  for (const end of pair.ends) end.onMessage = () => null;
  pair.client.request('cq');
  pair.server.request('sq');
  pair.advance(15);
  for (const end of pair.ends) end.sayGoodbye();
  pair.advance(100);
  pair.client.finish('sq');
  pair.advance(100);
  assert.equal([pair.client.session.status, pair.server.session.status], ['draining', 'draining']);
  pair.server.finish('cq', refusedWith('no'));
  pair.advance(100);
  assert.equal([tally(pair.client), tally(pair.server)], [{ refused: 1 }, { handled: 1 }]);
  assertTrueOutcomes(pair);
});
both.run();

const early = suite('a goodbye before the session is open');

early('ends it at once where nothing is to be sent, and what was withdrawn was never delivered', () => {
  const pair = new SessionPair({ latencyMs: 10 });
  pair.client.send('a');
  pair.client.sayGoodbye({ ...WORDS, sendWaiting: false });
  assert.equal(pair.client.closed, { type: 'closed', link: 'abort', cause: { kind: 'closed', by: 'local', ...WORDS } });
  assert.equal(tally(pair.client), { 'not-delivered': 1 });
});

early('waits for the connection to send what waits', () => {
  const pair = new SessionPair({ latencyMs: 10 });
  pair.client.send('a');
  pair.client.sayGoodbye(WORDS);
  assert.is(pair.client.closed, undefined);
  pair.advance(200);
  assert.equal(pair.client.closed?.cause, { kind: 'closed', by: 'local', ...WORDS });
  assertTrueOutcomes(pair);
  assert.equal(tally(pair.client), { handled: 1 });
});

early('does not wait for the connection any longer than it may', () => {
  const pair = new SessionPair({ latencyMs: 10_000 });
  pair.client.send('a');
  pair.client.sayGoodbye({ ...WORDS, timeoutMs: 300 });
  pair.advance(299);
  assert.is(pair.client.closed, undefined);
  pair.advance(1);
  assert.equal(pair.client.closed?.cause, { kind: 'timeout', of: 'close', silentFor: 0 });
  assert.equal(tally(pair.client), { 'not-delivered': 1 });
});
early.run();

const wire = suite('on the wire');

wire('the acknowledgement goes before GOODBYE_ACK, which waits until everything is settled', () => {
  const peer = new ScriptedPeer();
  peer.say(message(1)).say((writer) => writer.goodbye(1, true, 0, ''));
  peer.session.settle(peer.ready[0]!, HANDLED);
  peer.forget();
  peer.pump();
  assert.equal(
    peer.frames.map(({ type }) => type),
    [FrameType.ACK, FrameType.GOODBYE_ACK],
  );
  assert.equal(peer.framesOf(FrameType.ACK)[0]?.ack, { received: 1, unsettled: 0, delayTicks: 0 });
});

wire('what is held back is acknowledged before our GOODBYE', () => {
  const peer = new ScriptedPeer();
  peer.say(message(1));
  peer.forget();
  peer.session.sayGoodbye({ code: 0, reason: '', timeoutMs: 5000, sendWaiting: true }, 0);
  peer.pump();
  assert.equal(
    peer.frames.map(({ type }) => type),
    [FrameType.ACK, FrameType.GOODBYE],
  );
});

wire('a GOODBYE without the flag ends one direction only', () => {
  const peer = new ScriptedPeer();
  peer.say(message(1)).say((writer) => writer.goodbye(1, false, 0, ''));
  peer.session.settle(peer.ready[0]!, HANDLED);
  peer.pump();
  assert.is(peer.session.status, 'open');
  assert.equal(
    peer.framesOf(FrameType.GOODBYE_ACK).map(({ final }) => final),
    [1],
  );
  const ours = new OutgoingMessage('message', 'say', new Uint8Array(1));
  peer.session.send(ours);
  peer.pump();
  assert.is(ours.stage, 'sent');
  peer.say((writer) => writer.ack({ received: 1, unsettled: 0, delayTicks: 0 }, null));
  assert.is(ours.stage, 'handled');
  peer.session.sayGoodbye({ code: 0, reason: '', timeoutMs: 5000, sendWaiting: true }, 0);
  peer.pump();
  assert.equal(
    peer.framesOf(FrameType.GOODBYE).map(({ final }) => final),
    [1],
  );
  peer.say((writer) => writer.goodbyeAck(1));
  assert.is(peer.session.status, 'closed');
});

wire('a request that is refused before the application sees it is refused by ACK alone', () => {
  const peer = new ScriptedPeer();
  peer.session.sayGoodbye({ code: 0, reason: '', timeoutMs: 5000, sendWaiting: true }, 0);
  peer.pump();
  peer.forget();
  peer.say(request(1));
  const [ack] = peer.framesOf(FrameType.ACK);
  assert.equal(ack?.detail?.refusals, [{ id: 1, code: 'ERR_HW_SESSION_CLOSED', data: new Uint8Array(0) }]);
  assert.equal(peer.framesOf(FrameType.REFUSAL), []);
  assert.equal(peer.ready, []);
});
wire.run();
