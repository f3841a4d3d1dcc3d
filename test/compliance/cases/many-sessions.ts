// A server and its sessions: none of them is the others' business.
import * as assert from 'uvu/assert';
import type { ComplianceCases } from '../compliance-case.ts';
import { addressOf, type Endpoints, type Pair } from '../endpoints.ts';
import { errorOf, failureOf, gate, record } from '../expectations.ts';

export const manySessions: ComplianceCases = {
  async 'serves a hundred sessions at once'(endpoints) {
    const server = await endpoints.serve({
      session: (session) => {
        let sum = 0;
        session.handle('add', (value: number) => void (sum += value));
        session.handle('sum', () => sum);
      },
    });
    const clients = Array.from({ length: 100 }, () => endpoints.connect(server));
    const sums = await Promise.all(
      clients.map(async (client, index) => {
        await Promise.all([1, 2, 3].map((value) => client.send('add', value * index)));
        return client.request('sum');
      }),
    );
    assert.equal(
      sums,
      clients.map((_, index) => 6 * index),
    );
    assert.is(server.sessions.size, 100);
    assert.is(new Set(clients.map(({ id }) => id)).size, 100);
    await Promise.all(clients.map((client) => client.close()));
    await Promise.all([...server.sessions.values()].map(({ closed }) => closed));
    assert.is(server.sessions.size, 0);
  },

  async 'closes all sessions with the server'(endpoints) {
    const { server, pairs } = await join(endpoints, 20);
    let isComplete = false;
    server.session$.subscribe({ complete: () => (isComplete = true) });
    await server.close({ code: 12, reason: 'closing time' });
    assert.is(server.sessions.size, 0);
    assert.ok(isComplete);
    for (const { client, peer } of pairs) {
      const cause = await client.closed;
      assert.is(cause.kind, 'closed');
      assert.is(cause.kind === 'closed' && cause.by, 'peer');
      assert.is(cause.kind === 'closed' && cause.reason, 'closing time');
      assert.is((await peer.closed).kind, 'closed');
    }
    const late = endpoints.connectTo(addressOf(server));
    await errorOf(late.ready);
  },

  async 'sends what waits when the server drains'(endpoints) {
    const { server, pairs } = await join(endpoints, 5);
    const deliveries = pairs.map(({ client, peer }) => {
      client.handle('say', () => {});
      return Array.from({ length: 10 }, (_, index) => peer.send('say', index));
    });
    await server.drain();
    await Promise.all(deliveries.flat());
  },

  async 'tells of each session, and only of sessions'(endpoints) {
    const server = await endpoints.serve();
    const ids = record(server.session$);
    const { client } = await endpoints.join(server);
    const { client: other } = await endpoints.join(server);
    assert.equal(
      ids.map(({ id }) => id),
      [client.id, other.id],
    );
  },

  async 'leaves the others alone when one is lost or misbehaves'(endpoints) {
    const { pairs } = await join(endpoints, 3);
    const [lost, misbehaving, good] = pairs as [Pair, Pair, Pair];
    const { opened, open } = gate();
    good.peer.handle('say', () => opened);
    misbehaving.peer.handle('say', () => {
      throw new Error('this one always fails');
    });
    const pending = good.client.send('say', 'hi');
    const failing = misbehaving.client.send('say', 'hi');
    lost.client.destroy();
    await lost.peer.closed;
    assert.is((await failureOf(failing)).code, 'ERR_HW_HANDLER');
    open();
    assert.is((await pending).stage, 'handled');
    assert.is(misbehaving.client.state$.value.status, 'open');
  },
};

async function join(endpoints: Endpoints, count: number): Promise<{ server: Pair['server']; pairs: Pair[] }> {
  const server = await endpoints.serve();
  const pairs = await Promise.all(Array.from({ length: count }, () => endpoints.join(server)));
  return { server, pairs };
}
