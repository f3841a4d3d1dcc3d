// destroy(), aborted signals and lost connections: no goodbye, and honest outcomes all the same (promises P1, P4, P7).
import * as assert from 'uvu/assert';
import type { ComplianceCases } from '../compliance-case.ts';
import { errorOf, failureOf, gate, until } from '../expectations.ts';

export const destroying: ComplianceCases = {
  async 'ends at once when the client is destroyed, and the server sees a loss'(endpoints) {
    const { client, peer } = await endpoints.pair();
    client.destroy();
    assert.is((await client.closed).kind, 'destroyed');
    const { kind } = await peer.closed;
    assert.ok(endpoints.target.whenDestroyed.serverSees.includes(kind), kind);
  },

  async 'ends at once when the server destroys a session, and the client sees a loss'(endpoints) {
    const { client, peer } = await endpoints.pair();
    peer.destroy();
    assert.is((await peer.closed).kind, 'destroyed');
    const { kind } = await client.closed;
    assert.ok(endpoints.target.whenDestroyed.clientSees.includes(kind), kind);
  },

  async 'says unknown of what was written and not settled, and not-delivered of what was not written'(endpoints) {
    const { client, peer } = await endpoints.pair({ server: { limits: { windowMessages: 2 } } });
    peer.handle('say', () => new Promise(() => {}));
    peer.handle('ask', () => new Promise(() => {}));
    const written = client.send('say', 'written');
    const asked = client.request('ask', 'written');
    const waiting = client.send('say', 'waiting');
    await until(asked.state$, ({ stage }) => stage === 'delivered');
    client.destroy();
    for (const delivery of [written, asked]) {
      const error = await failureOf(delivery);
      assert.is(error.outcome, 'unknown');
      assert.is(error.lastStage, 'delivered');
      assert.is(error.safeToRetry, false);
    }
    const error = await failureOf(waiting);
    assert.is(error.outcome, 'not-delivered');
    assert.is(error.safeToRetry, true);
  },

  async 'says the same to the side that was left'(endpoints) {
    const { client, peer } = await endpoints.pair({ server: { limits: { windowMessages: 1 } } });
    peer.handle('say', () => new Promise(() => {}));
    const written = client.send('say', 'written');
    const waiting = client.send('say', 'waiting');
    await until(written.state$, ({ stage }) => stage === 'delivered');
    peer.destroy();
    assert.is((await failureOf(written)).outcome, 'unknown');
    assert.is((await failureOf(waiting)).outcome, 'not-delivered');
    await client.closed;
    assert.is(client.state$.value.status, 'closed');
  },

  async 'keeps what was confirmed before the loss'(endpoints) {
    const { client, peer } = await endpoints.pair();
    peer.handle('say', () => {});
    const confirmed = client.send('say', 'hi');
    await confirmed;
    client.destroy();
    await client.closed;
    assert.is(confirmed.state$.value.stage, 'handled');
  },

  async 'tells running handlers that their session has ended'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const begun = gate();
    const aborted = gate();
    peer.handle('say', (_data, { signal }) => {
      signal.addEventListener('abort', () => aborted.open());
      begun.open();
      return aborted.opened;
    });
    void client.send('say', 'hi');
    await begun.opened;
    client.destroy();
    await aborted.opened;
  },

  async 'destroys the session when its signal is aborted'(endpoints) {
    const controller = new AbortController();
    const { client, peer } = await endpoints.pair({ client: { signal: controller.signal } });
    controller.abort();
    assert.is((await client.closed).kind, 'destroyed');
    await peer.closed;
  },

  async 'does not even dial when the signal is aborted before'(endpoints) {
    const server = await endpoints.serve();
    const client = endpoints.connect(server, { signal: AbortSignal.abort() });
    const error = await errorOf(client.ready);
    assert.is(error.by, 'local');
    assert.is((await client.closed).kind, 'destroyed');
    assert.is(server.sessions.size, 0);
  },

  async 'gives up the dial that is under way'(endpoints) {
    const client = endpoints.connect(await endpoints.serve());
    const waiting = client.send('say', 'hi');
    await until(client.connection$, ({ phase }) => phase === 'dialing');
    client.destroy();
    assert.is((await client.closed).kind, 'destroyed');
    assert.is((await failureOf(waiting)).outcome, 'not-delivered');
    await errorOf(client.ready);
  },

  async 'settles a close that is under way'(endpoints) {
    const { client, peer } = await endpoints.pair();
    peer.handle('say', () => new Promise(() => {}));
    const delivery = client.send('say', 'hi');
    await until(delivery.state$, ({ stage }) => stage === 'delivered');
    const closing = client.close();
    client.destroy();
    const report = await closing;
    assert.is(report.cause.kind, 'destroyed');
    assert.is(report.unknown, 1);
  },

  async 'can be said again, and after the end'(endpoints) {
    const { client } = await endpoints.pair();
    client.destroy();
    client.destroy();
    await client.closed;
    client.destroy();
    assert.is((await client.close()).cause.kind, 'destroyed');
    assert.is((await errorOf(client.ping())).code, 'ERR_HW_SESSION_CLOSED');
  },
};
