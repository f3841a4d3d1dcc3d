// The connection is lost, the session goes on (promises P1, P3, P5).
import * as assert from 'uvu/assert';
import type { ComplianceCases } from '../compliance-case.ts';
import { gate, record, until } from '../expectations.ts';
import { COMES_BACK } from '../severable.ts';

const COUNT = 400;
/** So many messages of one side are handled between two cuts. */
const BETWEEN_CUTS = 45;
const numbers = Array.from({ length: COUNT }, (_, index) => index);

export const resuming: ComplianceCases = {
  async 'handles everything once and in order, both ways, while the connection is cut again and again'(endpoints) {
    const heard: Record<'up' | 'down', unknown[]> = { up: [], down: [] };
    const line = endpoints.severable(await endpoints.serve());
    const { client, peer } = await line.join(COMES_BACK);
    // A session is kept from the first word of its client on.
    await client.ping();
    const events = record(client.events$);
    peer.handle('say', (data) => {
      heard.up.push(data);
      if (heard.up.length % BETWEEN_CUTS === 0) line.cut();
    });
    client.handle('say', (data) => {
      heard.down.push(data);
      if (heard.down.length % BETWEEN_CUTS === 20) line.cut();
    });
    const text = 'x'.repeat(2000);
    const up = numbers.map((number) => client.send('say', { number, text }));
    const down = numbers.map((number) => peer.send('say', { number, text }));
    await Promise.all([...up, ...down]);
    for (const all of Object.values(heard)) {
      assert.equal(
        all.map((each) => (each as { number: number }).number),
        numbers,
      );
    }
    assert.ok(line.made > 5, `${line.made} connections`);
    assert.equal([...new Set(events.map(({ type }) => type))], ['resumed']);
  },

  async 'brings the answer of a request over the next connection'(endpoints) {
    const line = endpoints.severable(await endpoints.serve());
    const { client, peer } = await line.join(COMES_BACK);
    const { opened, open } = gate();
    const asked = gate();
    peer.handle('ask', async (data) => {
      asked.open();
      await opened;
      return data;
    });
    const answer = client.request('ask', 42);
    await asked.opened;
    line.cut();
    await until(client.state$, ({ status }) => status === 'suspended');
    open();
    assert.is(await answer, 42);
    assert.is(line.made, 2);
  },

  async 'says goodbye over the next connection when it is closed without one'(endpoints) {
    const line = endpoints.severable(await endpoints.serve());
    const { client, peer } = await line.join(COMES_BACK);
    await client.ping();
    line.cut();
    await until(client.state$, ({ status }) => status === 'suspended');
    const { cause } = await client.close({ code: 3, reason: 'done' });
    assert.is(cause.kind, 'closed');
    const { kind, ...words } = await peer.closed;
    assert.equal([kind, (words as { code: number }).code], ['closed', 3]);
  },
};
