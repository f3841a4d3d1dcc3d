// How a session begins, or does not.
import * as assert from 'uvu/assert';
import type { ComplianceCases } from '../compliance-case.ts';
import { addressOf, type PeerSession } from '../endpoints.ts';
import { errorOf, failureOf, record } from '../expectations.ts';

export const opening: ComplianceCases = {
  async 'opens one session with two ends'(endpoints) {
    const seen: PeerSession[] = [];
    const server = await endpoints.serve({ session: (session) => void seen.push(session) });
    const { client, peer } = await endpoints.join(server);
    assert.match(client.id, /^[0-9a-f]{32}$/);
    assert.is(peer.id, client.id);
    assert.is(await peer.ready, peer);
    assert.ok(seen.length === 1 && seen[0] === peer);
    assert.is(server.sessions.size, 1);
  },

  async 'resolves ready with the session itself'(endpoints) {
    const client = endpoints.connect(await endpoints.serve());
    assert.is(client.id, '');
    assert.is(client.state$.value.status, 'connecting');
    assert.is(await client.ready, client);
    assert.is(client.state$.value.status, 'open');
  },

  async 'tells each side who the other one is'(endpoints) {
    const options = { server: { name: 'the server' }, client: { name: 'the client' } };
    const { client, peer } = await endpoints.pair(options);
    assert.is(client.peer.name, 'the server');
    assert.is(peer.peer.name, 'the client');
    assert.is(client.peer.transport, endpoints.target.name);
    assert.is(peer.peer.transport, endpoints.target.name);
  },

  async 'shows the session to the server before its first message is handled'(endpoints) {
    const shown: string[] = [];
    const server = await endpoints.serve({
      session: (session) => {
        shown.push('option');
        session.handle('say', () => void shown.push('message'));
      },
    });
    server.session$.subscribe(() => shown.push('session$'));
    const client = endpoints.connect(server);
    await client.send('say', 'first');
    assert.equal(shown, ['option', 'session$', 'message']);
  },

  async 'sends what was sent before it was open'(endpoints) {
    const heard: unknown[] = [];
    const server = await endpoints.serve({
      session: (session) => {
        session.handle('say', (data) => void heard.push(data));
        void session.send('welcome', 'from the server');
      },
    });
    const client = endpoints.connect(server);
    const welcomed: unknown[] = [];
    client.handle('welcome', (data) => void welcomed.push(data));
    const deliveries = ['one', 'two', 'three'].map((word) => client.send('say', word));
    await Promise.all(deliveries);
    assert.equal(heard, ['one', 'two', 'three']);
    assert.equal(welcomed, ['from the server']);
  },

  async 'goes from dialing to closed, each phase once'(endpoints) {
    const server = await endpoints.serve();
    const client = endpoints.connect(server);
    const states = record(client.state$);
    const phases = record(client.connection$);
    await client.ready;
    await client.close();
    assert.equal(unique(states.map(({ status }) => status)), ['connecting', 'open', 'draining', 'closed']);
    const seen = unique(phases.map(({ phase }) => phase)).filter(
      (phase) => phase !== 'half-closed' && phase !== 'idle',
    );
    assert.equal(seen, ['dialing', 'open', 'closed']);
  },

  async 'says what is wrong when nobody listens'(endpoints) {
    const server = await endpoints.serve();
    const address = addressOf(server);
    await server.close();
    const client = endpoints.connectTo(address);
    const waiting = client.send('say', 'to nobody');
    const error = await errorOf(client.ready);
    assert.is(error.code, 'ERR_HW_CONNECTION_LOST');
    assert.is(error.by, 'transport');
    const cause = await client.closed;
    assert.ok(endpoints.target.whenNobodyListens.includes(cause.kind), cause.kind);
    assert.is(error.cause, cause);
    const failure = await failureOf(waiting);
    assert.is(failure.outcome, 'not-delivered');
    assert.is(failure.safeToRetry, true);
  },

  async 'gives the last value to those who subscribe after the end'(endpoints) {
    const { client } = await endpoints.pair();
    await client.close();
    let isComplete = false;
    const states = record(client.state$);
    client.state$.subscribe({ complete: () => (isComplete = true) });
    assert.equal(states, [client.state$.value]);
    assert.is(client.state$.value.status, 'closed');
    assert.is(client.connection$.value.phase, 'closed');
    assert.ok(isComplete);
  },
};

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
