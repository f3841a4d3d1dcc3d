// What a sender learns, and when.
import { map } from 'rxjs';
import * as assert from 'uvu/assert';
import { DeliveryError } from '@heartwire/core';
import type { ComplianceCases } from '../compliance-case.ts';
import { gate, record, until } from '../expectations.ts';

export const confirmation: ComplianceCases = {
  async 'goes queued, sent, delivered, handled, in this order'(endpoints) {
    const { client, peer } = await endpoints.pair();
    peer.handle('say', () => {});
    const delivery = client.send('say', 'hi');
    assert.is(delivery.id, 0);
    const stages = record(delivery.state$.pipe(map(({ stage }) => stage)));
    const receipt = await delivery;
    assert.equal(stages, ['queued', 'sent', 'delivered', 'handled']);
    assert.is(receipt.stage, 'handled');
    assert.is(receipt.id, 1);
    assert.is(delivery.id, 1);
    assert.ok(receipt.elapsed >= 0);
  },

  async 'confirms only when the handler has finished'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const { opened, open } = gate();
    peer.handle('say', () => opened);
    const delivery = client.send('say', 'hi');
    let isConfirmed = false;
    void delivery.then(() => (isConfirmed = true));
    await until(delivery.state$, ({ stage }) => stage === 'delivered');
    // A whole round trip later nothing has changed.
    await client.ping();
    assert.is(delivery.state$.value.stage, 'delivered');
    assert.not.ok(isConfirmed);
    open();
    await delivery;
    assert.is(delivery.state$.value.stage, 'handled');
  },

  async 'confirms a delivery where that was asked for'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const { opened, open } = gate();
    peer.handle('say', () => opened);
    const delivery = client.send('say', 'hi', { confirm: 'delivered' });
    const receipt = await delivery;
    assert.is(receipt.stage, 'delivered');
    assert.is(delivery.state$.value.stage, 'delivered');
    open();
    await until(delivery.state$, ({ stage }) => stage === 'handled');
  },

  async 'takes confirm from the options of the session, and from the call before them'(endpoints) {
    const { client, peer } = await endpoints.pair({ client: { confirm: 'delivered' } });
    const { opened, open } = gate();
    peer.handle('say', () => opened);
    assert.is((await client.send('say', 'hi')).stage, 'delivered');
    const handled = client.send('say', 'ho', { confirm: 'handled' });
    open();
    assert.is((await handled).stage, 'handled');
  },

  async 'tells of a failure that comes after the confirmation'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const { opened, open } = gate();
    peer.handle('say', async () => {
      await opened;
      throw new Error('too late');
    });
    const undelivered = until(client.events$, ({ type }) => type === 'undelivered');
    await client.send('say', 'hi', { confirm: 'delivered' });
    open();
    const event = await undelivered;
    assert.ok(event.type === 'undelivered');
    assert.is(event.message, 'say');
    assert.instance(event.error, DeliveryError);
    assert.is(event.error.outcome, 'refused');
    assert.is(event.error.lastStage, 'delivered');
  },

  async 'completes the states of a delivery, and keeps the last'(endpoints) {
    const { client, peer } = await endpoints.pair();
    peer.handle('say', () => {});
    const delivery = client.send('say', 'hi');
    let isComplete = false;
    delivery.state$.subscribe({ complete: () => (isComplete = true) });
    await delivery;
    assert.ok(isComplete);
    assert.equal(
      record(delivery.state$).map(({ stage }) => stage),
      ['handled'],
    );
  },

  async 'numbers messages and gives each a key of its own'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const seen: unknown[] = [];
    peer.handle('say', (data, { message, session, idempotencyKey }) => {
      seen.push([data, message.type, message.id, session === peer, idempotencyKey]);
    });
    await Promise.all([client.send('say', 'a'), client.send('say', 'b')]);
    assert.equal(seen, [
      ['a', 'say', 1, true, `${client.id}:1`],
      ['b', 'say', 2, true, `${client.id}:2`],
    ]);
  },
};
