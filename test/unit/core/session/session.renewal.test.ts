/** The server has lost its memory: a new session begins under the same object. Whatever belonged to the old one stays there. PROTOCOL.md §19. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HANDLED, SessionPair, refusedWith, tally } from '../../../support/session-pair.ts';

const renewal = suite('a session that had to begin anew');

/** The client asks for its session, hears that there is none, and asks for a new one. */
function beginAnew(pair: SessionPair): void {
  pair.replaceServer();
  pair.reconnect();
  pair.settle();
  assert.equal(pair.rejections, ['ERR_HW_RESUME_UNKNOWN']);
  pair.reconnect();
  pair.settle();
  assert.equal([pair.client.session.status, pair.client.session.terms?.id], ['open', 'session 2']);
  assert.is(pair.client.resumes, 0);
}

// D7, D10; pitfall 7: the hole has its exact range, and what is in doubt says so.
renewal('reports the range in doubt, and sends what was never written, in order', () => {
  const pair = SessionPair.open({ windowMs: 1000, server: { announcement: { windowMessages: 3 } } });
  const former = pair.server;
  former.onMessage = (_, text) => (text === 'a' ? HANDLED : null);
  former.send('hello');
  const sent = ['a', 'b', 'c', 'd', 'e', 'f'].map((text) => pair.client.send(text));
  pair.settle();
  beginAnew(pair);
  assert.equal(
    pair.client.events.filter(({ type }) => type === 'gap'),
    [{ type: 'gap', doubtful: [2, 3, 4], received: 1 }],
  );
  assert.equal(
    sent.map(({ stage, error, id }) => [error?.outcome ?? stage, id]),
    [
      ['handled', 1],
      ['unknown', 2],
      ['unknown', 3],
      ['unknown', 4],
      ['handled', 1],
      ['handled', 2],
    ],
  );
  assert.equal(pair.server.startedTexts, ['e', 'f']);
  assert.equal(tally(pair.client), { handled: 3, unknown: 3 });
});

// The answer was written into the new session, where nobody had asked: an error of the protocol, or an answer to somebody else.
renewal('answers no request of the old one', () => {
  const pair = SessionPair.open({ windowMs: 1000 });
  pair.client.onMessage = () => null;
  pair.server.request('old question');
  pair.settle();
  beginAnew(pair);
  const question = pair.server.request('new question');
  pair.settle();
  pair.client.finish('old question');
  pair.settle();
  assert.equal([pair.client.session.status, question.stage], ['open', 'sent']);
  pair.client.finish('new question');
  pair.settle();
  assert.is(question.stage, 'handled');
});

// The server's new session was told that it had asked too much.
renewal('does not count what runs of the old one against the new', () => {
  const pair = SessionPair.open({ windowMs: 1000, client: { announcement: { maxRequests: 2 } } });
  pair.client.onMessage = () => null;
  for (const text of ['q1', 'q2']) pair.server.request(text);
  pair.settle();
  beginAnew(pair);
  for (const text of ['q3', 'q4']) pair.server.request(text);
  pair.settle();
  assert.is(pair.client.session.status, 'open');
  for (const text of ['q1', 'q2', 'q3', 'q4']) pair.client.finish(text);
  pair.settle();
  assert.equal(tally(pair.server), { handled: 2 });
});

// The server's new session heard that refusals had been read that it never told.
renewal('acknowledges no refusals of the old one', () => {
  const pair = SessionPair.open({ windowMs: 1000 });
  pair.server.onMessage = () => refusedWith('no');
  pair.client.send('a');
  pair.client.mayWrite = 1;
  pair.settle();
  assert.equal(tally(pair.client), { refused: 1 });
  pair.client.mayWrite = Infinity;
  beginAnew(pair);
  assert.is(pair.server.session.status, 'open');
});

renewal('expects a goodbye that the old one has heard', () => {
  const pair = SessionPair.open({ windowMs: 1000 });
  pair.client.onMessage = () => null;
  pair.server.send('still running');
  pair.settle();
  // The peer ends its own direction only: it says nothing more, and goes on listening.
  pair.server.connection.writer.goodbye(1, false, 0, '');
  pair.settle();
  beginAnew(pair);
  pair.server.send('heard');
  pair.client.finish('still running');
  pair.settle();
  assert.is(pair.client.session.status, 'open');
  assert.equal(pair.client.startedTexts, ['still running', 'heard']);
});

renewal('hands over what had arrived before', () => {
  const pair = SessionPair.open({ windowMs: 1000 });
  pair.client.onMessage = (_, text) => (text === 'a' ? null : HANDLED);
  for (const text of ['a', 'b']) pair.server.send(text);
  pair.settle();
  beginAnew(pair);
  pair.server.send('c');
  pair.settle();
  pair.client.finish('a');
  pair.settle();
  assert.equal(pair.client.startedTexts, ['a', 'b', 'c']);
});

renewal('does not begin where the end had begun', () => {
  const pair = SessionPair.open({ windowMs: 1000 });
  pair.cut();
  const waiting = pair.client.send('waiting');
  pair.client.sayGoodbye({ sendWaiting: true });
  pair.replaceServer();
  pair.reconnect();
  pair.settle();
  const cause = pair.client.closed?.cause;
  assert.equal(cause?.kind === 'refused' && cause.code, 'ERR_HW_RESUME_UNKNOWN');
  assert.is(waiting.error?.outcome, 'not-delivered');
});
renewal.run();
