// Who may open a session.
import { Refusal, type CloseCause, type HeartwireError } from '@heartwire/core';
import * as assert from 'uvu/assert';
import type { ComplianceCases } from '../compliance-case.ts';
import type { Endpoints } from '../endpoints.ts';
import { errorOf, gate, until, isRejection } from '../expectations.ts';

export const authentication: ComplianceCases = {
  async 'gives the credentials to authenticate and its answer to the session'(endpoints) {
    const given: unknown[] = [];
    const server = await endpoints.serve({
      authenticate: (auth, { transport }) => {
        given.push(auth, transport);
        return { user: 'ada' };
      },
    });
    const { client, peer } = await endpoints.join(server, { auth: { token: 'secret', age: 36n } });
    assert.equal(given, [{ token: 'secret', age: 36n }, endpoints.target.name]);
    assert.equal(peer.auth, { user: 'ada' });
    assert.is(client.auth, undefined);
  },

  async 'asks a function for the credentials and waits for its answer'(endpoints) {
    const server = await endpoints.serve({ authenticate: (auth) => Promise.resolve(`for ${String(auth)}`) });
    const { peer } = await endpoints.join(server, { auth: () => Promise.resolve('fresh ticket') });
    assert.is(peer.auth, 'for fresh ticket');
  },

  async 'opens without credentials where nobody asks for any'(endpoints) {
    const given: unknown[] = [];
    const server = await endpoints.serve({ authenticate: (auth) => void given.push(auth) });
    await endpoints.join(server);
    assert.equal(given, [undefined]);
  },

  async 'tells the client why a Refusal was thrown'(endpoints) {
    const authenticate = (): never => {
      throw new Refusal('banned', 'come back in spring');
    };
    const { error, cause } = await isRefused(endpoints, authenticate);
    assert.is(error.code, 'ERR_HW_REJECTED');
    assert.match(error.message, 'come back in spring');
    assert.is(cause.kind === 'refused' && cause.by, 'application');
  },

  async 'keeps the text of any other error at home'(endpoints) {
    const authenticate = (): Promise<never> => Promise.reject(new Error('no row in table users'));
    const { error, cause } = await isRefused(endpoints, authenticate);
    assert.is(error.code, 'ERR_HW_AUTH');
    assert.not.match(error.message, 'users');
    assert.not.match(JSON.stringify(cause), 'users');
  },

  async 'ends when the credentials cannot be had'(endpoints) {
    const server = await endpoints.serve();
    const client = endpoints.connect(server, { auth: () => Promise.reject(new Error('the vault is shut')) });
    const error = await errorOf(client.ready);
    assert.is(error.code, 'ERR_HW_AUTH');
    assert.match(error.message, 'the vault is shut');
    assert.is(server.sessions.size, 0);
  },

  async 'tells authenticate when the client has gone meanwhile'(endpoints) {
    const begun = gate();
    const aborted = gate();
    const server = await endpoints.serve({
      authenticate: (_auth, _peer, signal) => {
        signal.addEventListener('abort', () => aborted.open());
        begun.open();
        return new Promise(() => {});
      },
    });
    const client = endpoints.connect(server);
    await begun.opened;
    client.destroy();
    await aborted.opened;
    assert.is(server.sessions.size, 0);
  },
};

/** The client learns that it is refused, the server tells of it, and there is no session. */
async function isRefused(
  endpoints: Endpoints,
  authenticate: () => unknown,
): Promise<{ error: HeartwireError; cause: CloseCause }> {
  const server = await endpoints.serve({ authenticate });
  const told = until(server.events$, isRejection);
  const client = endpoints.connect(server);
  const error = await errorOf(client.ready);
  const cause = await client.closed;
  assert.is(cause.kind, 'refused');
  assert.is((await told).cause.kind, 'refused');
  assert.is(server.sessions.size, 0);
  return { error, cause };
}
