// In order, once (promise P3).
import * as assert from 'uvu/assert';
import type { ComplianceCases } from '../compliance-case.ts';

const COUNT = 1000;
const numbers = Array.from({ length: COUNT }, (_, index) => index);

export const order: ComplianceCases = {
  async 'hands over a thousand messages in order, each once'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const heard: unknown[] = [];
    peer.handle('say', (data) => void heard.push(data));
    const receipts = await Promise.all(numbers.map((number) => client.send('say', number)));
    assert.equal(heard, numbers);
    assert.equal(
      receipts.map(({ id }) => id),
      numbers.map((number) => number + 1),
    );
  },

  async 'carries both directions at once'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const heard: Record<'up' | 'down', unknown[]> = { up: [], down: [] };
    peer.handle('say', (data) => void heard.up.push(data));
    client.handle('say', (data) => void heard.down.push(data));
    const up = numbers.map((number) => client.send('say', number));
    const down = numbers.map((number) => peer.send('say', -number));
    await Promise.all([...up, ...down]);
    assert.equal(heard.up, numbers);
    assert.equal(
      heard.down,
      numbers.map((number) => -number),
    );
  },

  async 'keeps the order across types and slow handlers'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const heard: string[] = [];
    let running = 0;
    const handler = async (data: string): Promise<void> => {
      running += 1;
      assert.is(running, 1);
      // Every other one takes a while.
      if (data.endsWith('1')) await client.ping();
      heard.push(data);
      running -= 1;
    };
    peer.handle('red', handler);
    peer.handle('blue', handler);
    const words = Array.from({ length: 20 }, (_, index) => `${index % 3 === 0 ? 'red' : 'blue'} ${index % 2}`);
    await Promise.all(words.map((word) => client.send(word.startsWith('red') ? 'red' : 'blue', word)));
    assert.equal(heard, words);
  },

  async 'runs as many handlers of a type at once as it was told to'(endpoints) {
    const { client, peer } = await endpoints.pair();
    let running = 0;
    let most = 0;
    const handler = async (): Promise<void> => {
      most = Math.max(most, (running += 1));
      await client.ping();
      running -= 1;
    };
    peer.handle('say', handler, { concurrency: 3 });
    await Promise.all(numbers.slice(0, 12).map((number) => client.send('say', number)));
    assert.is(most, 3);
  },
};
