import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WithdrawalLimits } from '../../../../packages/core/src/session/withdrawal-limits.ts';
import { isError } from '../../../support/is-error.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';
import { SessionPair } from '../../../support/session-pair.ts';

const SMALL = { windowMessages: 8, maxRequests: 2 };
const TOO_MANY = isError('ERR_HW_WINDOW', /than can be in flight/, 'remote');

const limits = suite('how much may be withdrawn');

limits('is one CANCEL for each message and request that can be in flight, and not one more', () => {
  const one = new WithdrawalLimits(SMALL);
  for (let count = 0; count < 10; count += 1) one.cancel(100, 0);
  assert.throws(() => one.cancel(100, 0), TOO_MANY);
});

limits('is one more for each id that has come since', () => {
  const one = new WithdrawalLimits(SMALL);
  for (let count = 0; count < 10; count += 1) one.cancel(100, 0);
  for (let count = 0; count < 3; count += 1) one.cancel(103, 0);
  assert.throws(() => one.cancel(103, 0), TOO_MANY);
  for (let count = 0; count < 10; count += 1) one.cancel(1_000_000, 0);
  assert.throws(() => one.cancel(1_000_000, 0), TOO_MANY);
});

limits('is as many ids of VOID as the window has messages, and not one more', () => {
  const one = new WithdrawalLimits(SMALL);
  one.void(5, 0);
  one.void(3, 0);
  assert.throws(() => one.void(1, 0), TOO_MANY);
  assert.throws(() => new WithdrawalLimits(SMALL).void(9, 0), TOO_MANY);
});

limits('begins anew with each connection, also where another session begins with it', () => {
  const one = new WithdrawalLimits(SMALL);
  for (const received of [100, 100, 0]) {
    for (let count = 0; count < 10; count += 1) one.cancel(received, 0);
    one.void(8, 0);
    assert.throws(() => one.cancel(received, 0), TOO_MANY);
    assert.throws(() => one.void(1, 0), TOO_MANY);
    one.restart();
  }
});

limits('is a hundred more a second', () => {
  const one = new WithdrawalLimits(SMALL);
  for (let nowMs = 0; nowMs < 60_000; nowMs += 10) {
    one.cancel(100, nowMs);
    one.void(1, nowMs);
  }
});
limits.run();

const legal = suite('who keeps the protocol');

for (let seed = 1; seed <= 20; seed += 1) {
  // Everything that is in flight is cancelled, with every message again, and what the last connection did not bring is withdrawn.
  legal(`may cancel everything, over all connections (seed ${seed})`, () => {
    const random = new SeededRandom(seed);
    const small = { announcement: { windowMessages: 8, maxRequests: 2 } };
    const pair = SessionPair.open({ seed, windowMs: 60_000, reconnectMs: 1, latencyMs: 1, server: small });
    pair.server.onMessage = () => null;
    for (let round = 0; round < 100; round += 1) {
      for (let count = random.integer(0, 12); count > 0; count -= 1) {
        if (random.next() < 0.3) pair.client.request(`${round} ${count}`);
        else pair.client.send(`${round} ${count}`);
      }
      pair.advance(random.integer(0, 3));
      for (const message of pair.client.sent) {
        if (message.id > 0 && random.next() < 0.8) pair.client.session.withdraw(message, pair.nowMs);
      }
      if (random.next() < 0.3) pair.cut();
      pair.advance(random.integer(0, 3));
      for (const [text, verdict] of pair.server.verdicts) {
        if (verdict === null && random.next() < 0.5) pair.server.finish(text);
      }
    }
    pair.advance(100);
    assert.ok(pair.cuts > 5);
    assert.equal([pair.client.session.status, pair.server.session.status], ['open', 'open']);
  });
}
legal.run();

const flood = suite('a flood of withdrawals');

flood('ends the connection with ERROR 10', () => {
  const pair = SessionPair.open({ windowMs: 60_000, server: { announcement: SMALL } });
  pair.server.onMessage = () => null;
  pair.client.send('a');
  pair.settle();
  for (let count = 0; count < 11; count += 1) pair.client.connection.writer.cancel(1);
  pair.settle();
  assert.equal([pair.server.session.status, pair.client.session.status], ['closed', 'closed']);
  const closed = pair.server.events.find((event) => event.type === 'closed');
  assert.ok(closed?.cause.kind === 'protocol' && closed.cause.error.code === 'ERR_HW_WINDOW');
});

flood('of VOID, too', () => {
  const pair = SessionPair.open({ windowMs: 60_000, server: { announcement: SMALL } });
  pair.client.connection.writer.void(1, 9, null);
  pair.settle();
  const closed = pair.server.events.find((event) => event.type === 'closed');
  assert.ok(closed?.cause.kind === 'protocol' && closed.cause.error.code === 'ERR_HW_WINDOW');
});
flood.run();
