// messages$ and on(): they see what is dispatched, and consume nothing.
import * as assert from 'uvu/assert';
import type { ComplianceCases } from '../compliance-case.ts';
import { failureOf, record } from '../expectations.ts';

export const taps: ComplianceCases = {
  async 'shows each message to all taps before its handler has it'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const log: string[] = [];
    peer.messages$.subscribe(({ type, data }) => log.push(`all ${type} ${String(data)}`));
    peer.on('say').subscribe(({ data }) => log.push(`say ${String(data)}`));
    peer.handle('say', (data) => void log.push(`handler ${String(data)}`));
    peer.handle('note', () => {});
    await Promise.all([client.send('say', 1), client.send('note', 2), client.send('say', 3)]);
    assert.equal(log, ['all say 1', 'say 1', 'handler 1', 'all note 2', 'all say 3', 'say 3', 'handler 3']);
  },

  async 'shows the messages of a loop, too'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const seen = record(peer.on('say'));
    const iterator = peer.messages();
    const delivery = client.send('say', 'hi');
    const { value } = await iterator.next();
    assert.equal(
      seen.map(({ id, data }) => [id, data]),
      [[1, 'hi']],
    );
    value?.accept();
    await delivery;
    await iterator.return?.();
  },

  async 'consumes nothing by watching'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const seen = record(peer.messages$);
    assert.is((await failureOf(client.send('say', 'hi'))).code, 'ERR_HW_NO_HANDLER');
    assert.equal(seen, []);
  },

  async 'closes nothing by unsubscribing, and completes the taps at the end'(endpoints) {
    const { client, peer } = await endpoints.pair();
    peer.handle('say', () => {});
    peer.messages$.subscribe().unsubscribe();
    peer.state$.subscribe().unsubscribe();
    let completed = 0;
    peer.messages$.subscribe({ complete: () => (completed += 1) });
    peer.events$.subscribe({ complete: () => (completed += 1) });
    await client.send('say', 'hi');
    await client.close();
    await peer.closed;
    assert.is(completed, 2);
  },
};
