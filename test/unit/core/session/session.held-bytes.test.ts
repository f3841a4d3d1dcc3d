/** What a session says that it holds in memory: the measure by which servers decide whom they can keep. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SessionPair, refusedWith } from '../../../support/session-pair.ts';

const held = suite('what a session holds');

function heldBy(pair: SessionPair): [number, number] {
  return [pair.client.session.heldBytes, pair.server.session.heldBytes];
}

held('is nothing when everything is settled', () => {
  const pair = SessionPair.open({ windowMs: 60_000 });
  for (const text of ['a', 'b', 'c']) pair.client.send(text, 10_000);
  pair.client.request('d', 10_000);
  pair.advance(100);
  assert.equal(heldBy(pair), [0, 0]);
});

held('is what waits with its sender, and what is in flight', () => {
  const pair = SessionPair.open({ windowMs: 60_000, latencyMs: 10 });
  pair.client.send('a', 1000);
  pair.client.send('b', 2000);
  assert.is(pair.client.session.heldBytes, 3000);
  pair.advance(0);
  assert.is(pair.client.session.heldBytes, 3000, 'in flight');
  pair.cut();
  pair.client.send('c', 4000);
  assert.equal(heldBy(pair), [7000, 0]);
});

held('is what is received and not settled; its sender holds no payload any more', () => {
  const pair = SessionPair.open({ windowMs: 60_000 });
  pair.server.onMessage = () => null;
  pair.client.send('a', 1000);
  pair.client.request('b', 2000);
  pair.advance(100);
  assert.equal(heldBy(pair), [0, 3000]);
  pair.server.finish('a');
  pair.server.finish('b');
  pair.advance(100);
  assert.equal(heldBy(pair), [0, 0]);
});

held('is an answer that nobody has taken', () => {
  const pair = SessionPair.open({ windowMs: 60_000 });
  pair.server.onMessage = () => null;
  pair.client.request('question', 100);
  pair.client.send('unwanted', 100);
  pair.advance(100);
  pair.cut();
  pair.server.finish('question', { kind: 'handled', payload: new Uint8Array(5000) });
  pair.server.finish('unwanted', refusedWith('no'));
  assert.is(pair.server.session.heldBytes, 5000);
});
held.run();
