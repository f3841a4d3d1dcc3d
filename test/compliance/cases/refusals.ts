// Messages that are not handled: each ends in an outcome that says why (promises P1, P4).
import { Refusal } from '@heartwire/core';
import * as assert from 'uvu/assert';
import type { ComplianceCases } from '../compliance-case.ts';
import { failureOf, record, thrownBy, until } from '../expectations.ts';

export const refusals: ComplianceCases = {
  async 'rejects a message that the handler refuses, with its code and data'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const events = record(client.events$);
    peer.handle('say', () => {
      throw new Refusal('room-full', 'stays at home', { seats: 12 });
    });
    const delivery = client.send('say', 'hi');
    const error = await failureOf(delivery);
    assert.is(error.code, 'ERR_HW_REFUSED');
    assert.is(error.by, 'remote');
    assert.is(error.outcome, 'refused');
    assert.equal(error.refusal, { code: 'room-full', data: { seats: 12 } });
    assert.is(error.safeToRetry, false);
    assert.not.match(error.message, 'stays at home');
    assert.equal(delivery.state$.value, { stage: 'failed', error });
    assert.equal(events, [{ type: 'undelivered', message: 'say', error }]);
  },

  async 'keeps the text of an error that a handler throws at home'(endpoints) {
    const { client, peer } = await endpoints.pair();
    peer.handle('say', () => Promise.reject(new Error('password of the store: 1234')));
    const error = await failureOf(client.send('say', 'hi'));
    assert.is(error.code, 'ERR_HW_HANDLER');
    assert.is(error.outcome, 'refused');
    assert.equal(error.refusal, { code: 'ERR_HW_HANDLER' });
    assert.is(error.safeToRetry, false);
    assert.not.match(`${error.message} ${String(error.cause)}`, '1234');
  },

  async 'refuses a message that nobody handles, and says that it is safe to retry'(endpoints) {
    const { client } = await endpoints.pair();
    const error = await failureOf(client.send('say', 'hi'));
    assert.is(error.code, 'ERR_HW_NO_HANDLER');
    assert.is(error.outcome, 'refused');
    assert.match(error.message, 'say');
    assert.is(error.safeToRetry, true);
  },

  async 'goes on after a refusal'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const heard: unknown[] = [];
    peer.handle('say', (data) => {
      if (data === 'bad') throw new Refusal('bad');
      heard.push(data);
    });
    const words = ['a', 'bad', 'b', 'bad', 'c'];
    const results = await Promise.allSettled(words.map((word) => client.send('say', word)));
    assert.equal(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'],
    );
    assert.equal(heard, ['a', 'b', 'c']);
  },

  async 'holds messages that nobody handles yet, where it was told to'(endpoints) {
    const { client, peer } = await endpoints.pair({ server: { unhandled: 'hold' } });
    const first = client.send('say', 'first');
    const second = client.send('say', 'second');
    await until(second.state$, ({ stage }) => stage === 'delivered');
    await client.ping();
    assert.is(first.state$.value.stage, 'delivered');
    const heard: unknown[] = [];
    peer.handle('say', (data) => void heard.push(data));
    await Promise.all([first, second]);
    assert.equal(heard, ['first', 'second']);
  },

  async 'has one handler per type, and none when it is disposed of'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const registration = peer.handle('say', () => {});
    assert.is(thrownBy(() => peer.handle('say', () => {})).code, 'ERR_HW_DUPLICATE_CONSUMER');
    assert.is(thrownBy(() => peer.messages('say')).code, 'ERR_HW_DUPLICATE_CONSUMER');
    await client.send('say', 'hi');
    registration[Symbol.dispose]();
    assert.is((await failureOf(client.send('say', 'hi'))).code, 'ERR_HW_NO_HANDLER');
    peer.handle('say', () => {});
    await client.send('say', 'hi');
  },
};
