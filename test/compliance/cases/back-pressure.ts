// What waits is bounded, and the sender can wait for room (promise P17).
import * as assert from 'uvu/assert';
import type { ComplianceCases } from '../compliance-case.ts';
import { failureOf, gate, until } from '../expectations.ts';

export const backPressure: ComplianceCases = {
  async 'fails at once what does not fit into the outbox'(endpoints) {
    const server = await endpoints.serve({ session: (session) => session.handle('say', () => {}) });
    const client = endpoints.connect(server, { limits: { outboxMaxMessages: 4 } });
    const deliveries = ['a', 'b', 'c', 'd', 'e'].map((word) => client.send('say', word));
    assert.equal(
      deliveries.map(({ state$ }) => state$.value.stage),
      ['queued', 'queued', 'queued', 'queued', 'failed'],
    );
    const error = await failureOf(deliveries[4]!);
    assert.is(error.outcome, 'overflow');
    assert.is(error.code, 'ERR_HW_OUTBOX_FULL');
    assert.is(error.safeToRetry, true);
    await Promise.all(deliveries.slice(0, 4));
  },

  async 'bounds the outbox in bytes, too'(endpoints) {
    const server = await endpoints.serve({ session: (session) => session.handle('say', () => {}) });
    const client = endpoints.connect(server, { limits: { outboxMaxBytes: 2500 } });
    const deliveries = [1, 2, 3].map(() => client.send('say', new Uint8Array(1000)));
    assert.is((await failureOf(deliveries[2]!)).outcome, 'overflow');
    await Promise.all(deliveries.slice(0, 2));
  },

  async 'resolves writable when there is room again'(endpoints) {
    const server = await endpoints.serve({ session: (session) => session.handle('say', () => {}) });
    const client = endpoints.connect(server, { limits: { outboxMaxMessages: 4 } });
    await client.writable();
    const deliveries = ['a', 'b', 'c', 'd'].map((word) => client.send('say', word));
    let isWritable = false;
    const writable = client.writable().then(() => (isWritable = true));
    await Promise.resolve();
    assert.not.ok(isWritable);
    await writable;
    await Promise.all([...deliveries, client.send('say', 'e')]);
  },

  async 'overflows nowhere when the sender waits for room'(endpoints) {
    const { client, peer } = await endpoints.pair({ client: { limits: { outboxMaxMessages: 64 } } });
    const heard: number[] = [];
    peer.handle('say', ({ number }: { number: number }) => void heard.push(number));
    const deliveries = [];
    const filling = 'x'.repeat(1000);
    for (let number = 0; number < 2000; number += 1) {
      await client.writable();
      deliveries.push(client.send('say', { number, filling }));
    }
    await Promise.all(deliveries);
    assert.equal(
      heard,
      deliveries.map((_, index) => index),
    );
  },

  async 'sends no more than the peer takes unsettled'(endpoints) {
    const { client, peer } = await endpoints.pair({ server: { limits: { windowMessages: 3 } } });
    const { opened, open } = gate();
    peer.handle('say', () => opened);
    const deliveries = Array.from({ length: 10 }, () => client.send('say', 'hi'));
    await until(deliveries[2]!.state$, ({ stage }) => stage === 'delivered');
    await client.ping();
    assert.equal(
      deliveries.map(({ state$ }) => state$.value.stage),
      ['delivered', 'delivered', 'delivered', ...Array.from({ length: 7 }, () => 'queued')],
    );
    open();
    await Promise.all(deliveries);
  },

  async 'waits for the answers of as many requests as the peer takes at once'(endpoints) {
    const { client, peer } = await endpoints.pair({ server: { limits: { maxRequests: 2 } } });
    const { opened, open } = gate();
    let begun = 0;
    peer.handle('ask', async () => {
      begun += 1;
      await opened;
    });
    const asked = [1, 2, 3, 4, 5].map((value) => client.request('ask', value));
    await until(asked[1]!.state$, ({ stage }) => stage === 'delivered');
    await client.ping();
    assert.is(begun, 2);
    open();
    await Promise.all(asked);
    assert.is(begun, 5);
  },

  async 'lets heartbeats and volatile values pass a large message that has been begun'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const seen: string[] = [];
    peer.handle('say', () => void seen.push('message'));
    peer.handle('at', () => void seen.push('value'));
    const delivery = client.send('say', new Uint8Array(1_000_000));
    await until(delivery.state$, ({ stage }) => {
      if (stage === 'sent') client.volatile('at', 1);
      return stage === 'sent';
    });
    await client.ping();
    await delivery;
    assert.equal(seen, ['value', 'message']);
  },

  async 'carries far more than any buffer holds'(endpoints) {
    const { client, peer } = await endpoints.pair();
    let bytes = 0;
    peer.handle('say', (data: Uint8Array) => {
      bytes += data.length;
    });
    const block = new Uint8Array(500_000);
    for (let count = 0; count < 48; count += 1) {
      await client.writable();
      void client.send('say', block);
    }
    const report = await client.drain({ timeout: 15_000 });
    assert.is(report.cause.kind, 'closed');
    assert.is(bytes, 48 * block.length);
  },
};
