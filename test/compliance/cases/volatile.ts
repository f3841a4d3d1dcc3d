// Values of which only the newest counts: positions, cursors, typing.
import * as assert from 'uvu/assert';
import type { ComplianceCases } from '../compliance-case.ts';
import { gate, record, thrownBy, until } from '../expectations.ts';

export const volatileValues: ComplianceCases = {
  async 'sends of several volatile values the newest of each key'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const seen = record(peer.on('at'));
    for (let at = 1; at <= 1000; at += 1) client.volatile('at', at, { key: at % 2 });
    await client.ping();
    assert.equal(
      seen.map(({ data, id, volatile }) => [data, id, volatile]),
      [
        [999, 0, true],
        [1000, 0, true],
      ],
    );
  },

  async 'gives a handler that was busy the newest volatile value, and none before it'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const { opened, open } = gate();
    const seen: number[] = [];
    peer.handle('at', async (at: number) => {
      seen.push(at);
      await opened;
    });
    for (let at = 1; at <= 20; at += 1) {
      client.volatile('at', at);
      await client.ping();
    }
    assert.equal(seen, [1]);
    const last = until(peer.on('at'), ({ data }) => data === 20);
    open();
    await last;
    assert.equal(seen, [1, 20]);
  },

  async 'sends the last volatile value when the connection takes bytes again'(endpoints) {
    const { client, peer } = await endpoints.pair();
    peer.handle('blob', () => {});
    const seen: number[] = [];
    const LAST = 400;
    const arrived = new Promise<void>((resolve) => {
      peer.handle('at', (at: number) => {
        seen.push(at);
        if (at === LAST) resolve();
      });
    });
    const blob = new Uint8Array(500_000);
    let lastBlob = client.send('blob', blob);
    for (let at = 1; at <= LAST; at += 1) {
      if (at % 20 === 0) lastBlob = client.send('blob', blob);
      client.volatile('at', at);
      await Promise.resolve();
    }
    await Promise.all([arrived, lastBlob]);
    assert.ok(seen.length < LAST, 'they were conflated');
    assert.equal(
      seen,
      [...seen].sort((a, b) => a - b),
    );
  },

  async 'carries volatile values while a large message is on its way'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const log: string[] = [];
    peer.handle('blob', () => void log.push('blob'));
    peer.handle('at', () => void log.push('at'));
    const blobs = [1, 2, 3, 4].map(() => client.send('blob', new Uint8Array(1_000_000)));
    // Told when its first chunks have been written and the others have not.
    blobs[0]!.state$.subscribe(({ stage }) => stage === 'sent' && client.volatile('at', 1));
    await Promise.all(blobs);
    assert.equal([...log].sort(), ['at', 'blob', 'blob', 'blob', 'blob']);
    assert.is(log[0], 'at');
  },

  async 'lets volatile values pass messages that wait for the window'(endpoints) {
    const { client, peer } = await endpoints.pair({ server: { limits: { windowMessages: 1 } } });
    const { opened, open } = gate();
    peer.handle('say', () => opened);
    const seen = record(peer.on('at'));
    const deliveries = [1, 2, 3].map((word) => client.send('say', word));
    await until(deliveries[0]!.state$, ({ stage }) => stage === 'delivered');
    client.volatile('at', 'past');
    await client.ping();
    assert.equal(
      seen.map(({ data }) => data),
      ['past'],
    );
    assert.is(deliveries[1]!.state$.value.stage, 'queued');
    open();
    await Promise.all(deliveries);
  },

  async 'gives volatile values to a loop'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const loop = peer.messages('at');
    client.volatile('at', 1);
    const { value } = await loop.next();
    assert.equal([value?.data, value?.volatile], [1, true]);
    value?.accept();
    await loop.return?.();
  },

  async 'sends what waits before a drain ends the session, and nothing after it has begun'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const seen = record(peer.on('at'));
    const dropped = record(client.events$);
    client.volatile('at', 'last');
    const report = client.drain();
    client.volatile('at', 'late');
    await Promise.all([report, peer.closed]);
    assert.equal(
      seen.map(({ data }) => data),
      ['last'],
    );
    assert.equal(dropped, [{ type: 'limit', of: 'volatile', reason: 'not-open', dropped: 1 }]);
  },

  async 'drops volatile values while there is no connection, and says so'(endpoints) {
    const server = await endpoints.serve();
    const client = endpoints.connect(server);
    const told = until(client.events$, ({ type }) => type === 'limit');
    client.volatile('at', 1);
    client.volatile('at', 2);
    assert.equal(await told, { type: 'limit', of: 'volatile', reason: 'not-open', dropped: 2 });
    await client.ready;
  },

  async 'throws at once what is too large to be volatile'(endpoints) {
    const { client, peer } = await endpoints.pair({ server: { limits: { frameMaxBytes: 1024 } } });
    const seen = record(peer.on('at'));
    for (const bytes of [16_384, 1000]) {
      assert.is(thrownBy(() => client.volatile('at', new Uint8Array(bytes))).code, 'ERR_HW_MESSAGE_TOO_LARGE');
    }
    client.volatile('at', new Uint8Array(600));
    await client.ping();
    assert.equal(
      seen.map(({ data }) => (data as Uint8Array).length),
      [600],
    );
  },
};
