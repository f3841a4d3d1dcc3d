// close() and drain(): an end that both sides agree on, and that proves what arrived (promise P16).
import * as assert from 'uvu/assert';
import type { ComplianceCases } from '../compliance-case.ts';
import { failureOf, gate, until } from '../expectations.ts';

export const goodbye: ComplianceCases = {
  async 'ends both sides when the client closes, with its code and reason'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const report = await client.close({ code: 4711, reason: 'lunch' });
    assertClosed(report.cause, { by: 'local', code: 4711, reason: 'lunch' });
    assertClosed(await client.closed, { by: 'local', code: 4711, reason: 'lunch' });
    assertClosed(await peer.closed, { by: 'peer', code: 4711, reason: 'lunch' });
    assert.is(client.state$.value.status, 'closed');
  },

  async 'ends both sides when the server closes, with its code and reason'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const report = await peer.close({ code: 2 ** 32 - 1, reason: 'bye 👋' });
    assertClosed(report.cause, { by: 'local', code: 2 ** 32 - 1, reason: 'bye 👋' });
    assertClosed(await client.closed, { by: 'peer', code: 2 ** 32 - 1, reason: 'bye 👋' });
  },

  async 'ends well when both sides close at once'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const reports = await Promise.all([client.close({ reason: 'client' }), peer.close({ reason: 'server' })]);
    for (const { cause } of reports) assert.is(cause.kind, 'closed');
  },

  async 'loses nothing that was sent before the close'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const heard: Record<'up' | 'down', number> = { up: 0, down: 0 };
    peer.handle('say', () => void (heard.up += 1));
    client.handle('say', () => void (heard.down += 1));
    const up = Array.from({ length: 200 }, (_, index) => client.send('say', index));
    const down = Array.from({ length: 200 }, (_, index) => peer.send('say', index));
    await Promise.all([...up, ...down].map(({ state$ }) => until(state$, ({ stage }) => stage !== 'queued')));
    await Promise.all([client.close(), peer.close()]);
    await Promise.all([...up, ...down]);
    assert.equal(heard, { up: 200, down: 200 });
  },

  async 'withdraws on close what was not written, and lets the rest settle'(endpoints) {
    const { client, peer } = await endpoints.pair({ server: { limits: { windowMessages: 1 } } });
    const { opened, open } = gate();
    peer.handle('say', () => opened);
    const [written, ...waiting] = ['a', 'b', 'c'].map((word) => client.send('say', word));
    await until(written!.state$, ({ stage }) => stage === 'delivered');
    const closing = client.close();
    for (const delivery of waiting) {
      const error = await failureOf(delivery);
      assert.is(error.outcome, 'not-delivered');
      assert.is(error.code, 'ERR_HW_SESSION_CLOSED');
      assert.is(error.safeToRetry, true);
    }
    open();
    assert.is((await written!).stage, 'handled');
    const { cause, ...counts } = await closing;
    assert.is(cause.kind, 'closed');
    assert.equal(counts, { handled: 1, notDelivered: 2, refused: 0, unknown: 0 });
  },

  async 'sends on drain what waits, and lets it settle'(endpoints) {
    const { client, peer } = await endpoints.pair({ server: { limits: { windowMessages: 1 } } });
    const heard: unknown[] = [];
    peer.handle('say', async (data) => {
      await peer.ping();
      heard.push(data);
    });
    const words = ['a', 'b', 'c', 'd'];
    const deliveries = words.map((word) => client.send('say', word));
    const { cause, ...counts } = await client.drain();
    assert.is(cause.kind, 'closed');
    assert.equal(heard, words);
    assert.equal(counts, { handled: 4, notDelivered: 0, refused: 0, unknown: 0 });
    await Promise.all(deliveries);
  },

  async 'drains when it is disposed of'(endpoints) {
    const { client, peer } = await endpoints.pair();
    let heard = 0;
    peer.handle('say', () => void (heard += 1));
    for (let count = 0; count < 10; count += 1) void client.send('say');
    await client[Symbol.asyncDispose]();
    assert.is(heard, 10);
    assert.is((await client.closed).kind, 'closed');
  },

  async 'answers on close the requests that it is working on'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const { opened, open } = gate();
    peer.handle('ask', () => opened.then(() => 'an answer'));
    const asked = client.request('ask');
    await until(asked.state$, ({ stage }) => stage === 'delivered');
    const closing = peer.close();
    open();
    assert.is(await asked, 'an answer');
    assert.is((await closing).cause.kind, 'closed');
  },

  async 'tells how many messages are unsettled while it drains'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const { opened, open } = gate();
    peer.handle('say', () => opened);
    const delivery = client.send('say', 'hi');
    await until(delivery.state$, ({ stage }) => stage === 'delivered');
    const closing = client.close();
    assert.equal(client.state$.value, { status: 'draining', unsettled: 1 });
    open();
    await closing;
  },

  async 'takes no more messages once it has begun'(endpoints) {
    const { client } = await endpoints.pair();
    const closing = client.close();
    const during = client.send('say', 'hi');
    assert.is(during.state$.value.stage, 'failed');
    await closing;
    for (const delivery of [during, client.send('say', 'hi'), client.request('ask')]) {
      const error = await failureOf(delivery);
      assert.is(error.outcome, 'not-delivered');
      assert.is(error.code, 'ERR_HW_SESSION_CLOSED');
    }
    await client.writable();
  },

  async 'ends within its bound when a handler does not, and says what is in doubt'(endpoints) {
    const { client, peer } = await endpoints.pair();
    peer.handle('say', () => new Promise(() => {}));
    const delivery = client.send('say', 'hi');
    await until(delivery.state$, ({ stage }) => stage === 'delivered');
    const { cause, ...counts } = await client.close({ timeout: 50 });
    assert.is(cause.kind === 'timeout' && cause.of, 'close');
    assert.equal(counts, { handled: 0, notDelivered: 0, refused: 0, unknown: 1 });
    assert.is((await failureOf(delivery)).outcome, 'unknown');
    await peer.closed;
  },

  async 'can be said more than once'(endpoints) {
    const { client } = await endpoints.pair();
    const [first, second] = await Promise.all([client.close({ code: 1 }), client.close({ code: 2 })]);
    const third = await client.close();
    assertClosed(first.cause, { by: 'local', code: 1, reason: '' });
    assert.equal([second.cause, third.cause], [first.cause, first.cause]);
  },

  async 'gives up a session that is not open yet'(endpoints) {
    const client = endpoints.connect(await endpoints.serve());
    const waiting = client.send('say', 'hi');
    const report = await client.close();
    assertClosed(report.cause, { by: 'local', code: 0, reason: '' });
    assert.is((await failureOf(waiting)).outcome, 'not-delivered');
  },
};

function assertClosed(cause: object, expected: { by: string; code: number; reason: string }): void {
  const { kind, by, code, reason } = cause as Record<string, unknown>;
  assert.equal({ kind, by, code, reason }, { kind: 'closed', ...expected });
}
