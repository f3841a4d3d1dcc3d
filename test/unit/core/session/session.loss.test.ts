/** The connection is lost: at every point of an exchange each message has one outcome, and it is true. Promises P1 and P4. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  HANDLED,
  SessionPair,
  assertTrueOutcomes,
  refusedWith,
  tally,
  type SessionPairOptions,
} from '../../../support/session-pair.ts';

const loss = suite('when the connection is lost');

loss('what was never written is not delivered, what was written is unknown, what is known stays so', () => {
  const pair = SessionPair.open({ server: { announcement: { windowMessages: 2 } } });
  const known = pair.client.send('known');
  pair.settle();
  pair.server.onMessage = () => null;
  const sent = ['a', 'b', 'c', 'd'].map((text) => pair.client.send(text));
  pair.settle();
  pair.cut();
  assert.is(known.stage, 'handled');
  assert.equal(
    sent.map(({ error }) => [error?.outcome, error?.lastStage]),
    [
      ['unknown', 'delivered'],
      ['unknown', 'delivered'],
      ['not-delivered', 'queued'],
      ['not-delivered', 'queued'],
    ],
  );
  assert.equal([pair.client.closed?.cause, pair.client.closed?.link], [{ kind: 'reset' }, 'gone']);
});

loss('a message of which some chunks were written is not delivered', () => {
  const pair = SessionPair.open();
  pair.client.mayWrite = 2;
  const [whole, partly, waiting] = [
    pair.client.send('whole', 1000),
    pair.client.send('partly', 400_000),
    pair.client.send('waiting'),
  ];
  pair.settle();
  assert.equal([whole.stage, partly.stage, partly.isWhollyWritten], ['handled', 'sent', false]);
  assert.ok(partly.writtenBytes > 100_000);
  pair.cut();
  assert.equal(
    [partly, waiting].map(({ error }) => error?.outcome),
    ['not-delivered', 'not-delivered'],
  );
  assert.equal(pair.server.startedTexts, ['whole']);
  assertTrueOutcomes(pair);
});

loss('what was whole on the wire is unknown, though it never arrived', () => {
  const pair = SessionPair.open({ latencyMs: 10 });
  const sent = pair.client.send('a');
  pair.advance(5);
  pair.cut();
  assert.equal([sent.error?.outcome, sent.error?.lastStage], ['unknown', 'sent']);
  assert.equal(pair.server.startedTexts, []);
  assertTrueOutcomes(pair);
});

loss('a request that was settled and not answered is unknown', () => {
  const pair = SessionPair.open({ latencyMs: 10 });
  pair.server.onMessage = () => null;
  const question = pair.client.request('q');
  pair.advance(50);
  pair.cut();
  assert.equal([question.error?.outcome, question.error?.lastStage], ['unknown', 'delivered']);
});

// Promise P9: no byte that arrived is lost.
loss('what had arrived before is still handled, in order', () => {
  const pair = SessionPair.open();
  pair.server.onMessage = (_, text) => (text === 'a' ? null : HANDLED);
  for (const text of ['a', 'b', 'c']) pair.client.send(text);
  pair.settle();
  assert.equal(pair.server.startedTexts, ['a']);
  pair.cut();
  assert.not.ok(pair.server.session.inbox.isEmpty);
  pair.server.finish('a');
  pair.server.pump();
  assert.equal(pair.server.startedTexts, ['a', 'b', 'c']);
  assert.ok(pair.server.session.inbox.isEmpty);
});

loss('destroying drops what waits for a handler, and tells nobody', () => {
  const pair = SessionPair.open();
  pair.server.onMessage = () => null;
  pair.client.send('a');
  pair.client.send('b');
  pair.settle();
  pair.server.destroy();
  assert.equal(pair.server.closed, { type: 'closed', cause: { kind: 'destroyed' }, link: 'abort' });
  assert.ok(pair.server.session.inbox.isEmpty);
  pair.server.finish('a');
  pair.server.pump();
  assert.equal(pair.server.startedTexts, ['a']);
  assert.equal(tally(pair.client), { unknown: 2 });
});

loss('by the end of the peer’s direction without a goodbye, the cause is finished', () => {
  const pair = SessionPair.open();
  pair.server.onMessage = () => null;
  pair.client.send('a');
  pair.server.send('b');
  pair.settle();
  pair.client.session.receiveEnd(pair.nowMs);
  pair.settle();
  assert.equal(pair.client.closed, { type: 'closed', cause: { kind: 'finished' }, link: 'end' });
  assert.equal(pair.client.startedTexts, ['b']);
  assertTrueOutcomes(pair);
});
loss.run();

const everywhere = suite('when the connection is lost at every point of an exchange');

/** Something of everything, in a few kilobytes; handlers that take a while, refusals, chunks, and a goodbye at the end. */
function exchange(options: SessionPairOptions): SessionPair {
  const pair = new SessionPair({
    ...options,
    slice: () => 90,
    client: { announcement: { frameMaxBytes: 1024, windowMessages: 3, maxRequests: 2 } },
    server: { announcement: { frameMaxBytes: 1024, windowMessages: 4, maxRequests: 2 } },
  });
  const later: (() => void)[] = [];
  for (const end of pair.ends) {
    end.onMessage = (_, text) => {
      const verdict = text.includes('bad') ? refusedWith('bad') : HANDLED;
      if (!text.includes('slow')) return verdict;
      later.push(() => end.finish(text, verdict));
      return null;
    };
  }
  const talk = (at: number): void => {
    pair.client.send(`cm${at} ${at % 3 === 0 ? 'slow' : ''}`, at === 2 ? 2500 : 0);
    pair.client.request(`cq${at} ${at % 2 === 0 ? 'slow' : 'bad'}`);
    pair.server.send(`sm${at} ${at % 2 === 0 ? 'bad' : ''}`);
    pair.server.request(`sq${at} slow`, at === 1 ? 1500 : 0);
    pair.client.send(`other${at}`, 0, `type ${at}`);
  };
  for (let at = 0; at < 6; at += 1) {
    talk(at);
    pair.advance(3);
    for (const finish of later.splice(0)) finish();
  }
  pair.client.sayGoodbye();
  for (let round = 0; round < 20; round += 1) {
    pair.advance(3);
    for (const finish of later.splice(0)) finish();
  }
  pair.advance(100);
  return pair;
}

for (const latencyMs of [0, 2]) {
  const whole = exchange({ latencyMs });

  everywhere(`the exchange itself is complete (latency ${latencyMs})`, () => {
    assert.is(whole.client.closed?.cause.kind, 'closed');
    assert.ok(whole.deliveries > 60, `${whole.deliveries} pieces`);
    for (const end of whole.ends) assert.is(tally(end)['unknown'], undefined);
    assertTrueOutcomes(whole);
  });

  everywhere(`each message has one outcome, and it is true (latency ${latencyMs}, ${whole.deliveries} points)`, () => {
    for (let cutAt = 0; cutAt < whole.deliveries; cutAt += 1) {
      const pair = exchange({ latencyMs, cutAt });
      assert.ok(pair.isCut, `point ${cutAt} is reached`);
      try {
        assertTrueOutcomes(pair);
        for (const end of pair.ends) {
          const sum = Object.values(tally(end)).reduce((total, count) => total + count, 0);
          assert.is(sum, end.sent.length);
        }
      } catch (error) {
        throw new Error(`cut at point ${cutAt}: ${(error as Error).message}`, { cause: error });
      }
    }
  });
}
everywhere.run();
