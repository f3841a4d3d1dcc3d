// One message to many sessions: each has an outcome of its own, and none spoils the others' (promises P1, P17).
import * as assert from 'uvu/assert';
import { Refusal } from '@heartwire/core';
import type { ComplianceCases } from '../compliance-case.ts';
import type { AnyServer, Endpoints, Pair } from '../endpoints.ts';
import { gate, record, thrownBy, until } from '../expectations.ts';

const NONE = { delivered: 0, notDelivered: 0, refused: 0, expired: 0, cancelled: 0, overflow: 0, unknown: 0 };

export const broadcasts: ComplianceCases = {
  async 'tells everyone the same, in order, and reports that all have handled it'(endpoints) {
    const { server, pairs, heard } = await join(endpoints, 5);
    const sent = [1, 2, 3].map((count) => server.everyone.send('say', { count, bytes: new Uint8Array(40_000) }));
    for (const report of await Promise.all(sent)) assert.equal(report, { ...NONE, recipients: 5, handled: 5 });
    for (const client of pairs.keys()) {
      assert.equal(
        heard[client]!.map((data) => (data as { count: number }).count),
        [1, 2, 3],
      );
    }
  },

  async 'reports the one that ends meanwhile, and that the others have handled it'(endpoints) {
    const { server, pairs } = await join(endpoints, 4);
    const [lost, ...others] = pairs as [Pair, ...Pair[]];
    const { opened, open } = gate();
    const begun = gate();
    lost.client.handle('wait', () => {
      begun.open();
      return opened;
    });
    for (const { client } of others) client.handle('wait', () => {});
    const group = server.group('lobby');
    for (const { peer } of pairs) group.add(peer);
    const sent = group.send('wait');
    const outcomes = record(sent.each$);
    await begun.opened;
    await until(sent.progress$, ({ decided }) => decided === 3);
    lost.client.destroy();
    assert.equal(await sent, { ...NONE, recipients: 4, handled: 3, unknown: 1 });
    const last = outcomes.at(-1)!;
    assert.is(outcomes.length, 4);
    assert.is(last.session, lost.peer);
    assert.is(last.error?.outcome, 'unknown');
    open();
    await lost.peer.closed;
    assert.is(group.size, 3);
    assert.is((await group.send('wait')).handled, 3);
  },

  async 'reaches the members of a group, without those who are excepted'(endpoints) {
    const { server, pairs, heard } = await join(endpoints, 3);
    const lobby = server.group('lobby');
    lobby.add(pairs[0]!.peer);
    const membership = lobby.add(pairs[1]!.peer);
    assert.is((await lobby.send('say', 'both')).handled, 2);
    assert.is((await lobby.except(pairs[0]!.peer).send('say', 'the second')).handled, 1);
    membership[Symbol.dispose]();
    assert.is((await server.group('lobby').send('say', 'the first')).handled, 1);
    assert.is((await server.group('attic').send('say', 'nobody')).recipients, 0);
    assert.equal(heard, [['both', 'the first'], ['both', 'the second'], []]);
  },

  async 'keeps refusals apart, and tells them as events of their sessions, too'(endpoints) {
    const { server, pairs } = await join(endpoints, 3);
    pairs[0]!.client.handle('vote', () => {});
    pairs[1]!.client.handle('vote', () => {
      throw new Refusal('abstains', '', { why: 'no idea' });
    });
    const events = pairs.map(({ peer }) => record(peer.events$));
    const sent = server.everyone.send('vote');
    assert.equal(await sent, { ...NONE, recipients: 3, handled: 1, refused: 2 });
    const outcomes = new Map(record(sent.each$).map((outcome) => [outcome.session, outcome]));
    const [handled, refused, unheard] = pairs.map(({ peer }) => outcomes.get(peer)!);
    assert.is(handled!.receipt?.stage, 'handled');
    assert.ok(handled!.receipt!.id > 0);
    assert.equal(refused!.error?.refusal, { code: 'abstains', data: { why: 'no idea' } });
    assert.is(unheard!.error?.code, 'ERR_HW_NO_HANDLER');
    assert.equal(
      events.map((all) => all.map(({ type }) => type)),
      [[], ['undelivered'], ['undelivered']],
    );
  },

  async 'is content with delivered where that is asked for'(endpoints) {
    const { server, pairs } = await join(endpoints, 2);
    const { opened, open } = gate();
    for (const { client } of pairs) client.handle('wait', () => opened);
    const sent = server.everyone.send('wait', undefined, { confirm: 'delivered' });
    assert.equal(await sent, { ...NONE, recipients: 2, handled: 0, delivered: 2 });
    open();
  },

  async 'shares a volatile value with all, and the newest is what each of them gets'(endpoints) {
    const { server, pairs } = await join(endpoints, 3);
    const seen = pairs.map(({ client }) => record(client.on('at')));
    for (let at = 1; at <= 500; at += 1) server.everyone.volatile('at', at);
    server.everyone.except(pairs[0]!.peer).volatile('at', 'others', { key: 1 });
    await Promise.all(pairs.map(({ peer }) => peer.ping()));
    assert.equal(
      seen.map((values) => values.map(({ data }) => data)),
      [[500], [500, 'others'], [500, 'others']],
    );
  },

  async 'throws what cannot be sent at once, and tells nobody'(endpoints) {
    const { server, heard } = await join(endpoints, 2);
    assert.is(thrownBy(() => server.everyone.send('say', new Date())).code, 'ERR_HW_PAYLOAD');
    assert.is(thrownBy(() => server.everyone.send('')).code, 'ERR_HW_TYPE_NAME');
    await server.everyone.send('say', 'this one');
    assert.equal(heard, [['this one'], ['this one']]);
  },
};

/** So many sessions of one server, and what each client heard. */
async function join(
  endpoints: Endpoints,
  count: number,
): Promise<{ server: AnyServer; pairs: Pair[]; heard: unknown[][] }> {
  const server = await endpoints.serve();
  const pairs = await Promise.all(Array.from({ length: count }, () => endpoints.join(server)));
  const heard = pairs.map(({ client }) => {
    const all: unknown[] = [];
    client.handle('say', (data) => void all.push(data));
    return all;
  });
  return { server, pairs, heard };
}
