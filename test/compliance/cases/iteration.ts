// messages(): a consumer that takes at its own pace.
import * as assert from 'uvu/assert';
import type { ComplianceCases } from '../compliance-case.ts';
import { failureOf } from '../expectations.ts';

export const iteration: ComplianceCases = {
  async 'settles each message as the loop says'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const deliveries = ['good', 'bad', 'good'].map((word) => client.send('say', word));
    const heard: unknown[] = [];
    for await (const message of peer.messages('say')) {
      heard.push([message.type, message.id, message.data]);
      if (message.data === 'bad') message.refuse('no-bad-words', { word: 'bad' });
      else message.accept();
      if (message.id === 3) break;
    }
    assert.equal(heard, [
      ['say', 1, 'good'],
      ['say', 2, 'bad'],
      ['say', 3, 'good'],
    ]);
    await deliveries[0];
    const error = await failureOf(deliveries[1]!);
    assert.equal(error.refusal, { code: 'no-bad-words', data: { word: 'bad' } });
    await deliveries[2];
  },

  async 'takes all types that have no other consumer'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const handled: unknown[] = [];
    peer.handle('mine', (data) => void handled.push(data));
    const iterator = peer.messages();
    const deliveries = [client.send('mine', 1), client.send('red', 2), client.send('blue', 3)];
    const types: string[] = [];
    for await (const message of iterator) {
      types.push(message.type);
      message.accept();
      if (types.length === 2) break;
    }
    await Promise.all(deliveries);
    assert.equal(types, ['red', 'blue']);
    assert.equal(handled, [1]);
  },

  async 'refuses what a loop leaves behind'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const iterator = peer.messages('say');
    const deliveries = ['accepted', 'taken', 'waiting'].map((word) => client.send('say', word));
    for await (const message of iterator) {
      if (message.data === 'taken') break;
      message.accept();
    }
    await deliveries[0];
    assert.is((await failureOf(deliveries[1]!)).outcome, 'refused');
    assert.is((await failureOf(deliveries[2]!)).outcome, 'refused');
    assert.is((await failureOf(client.send('say', 'later'))).code, 'ERR_HW_NO_HANDLER');
  },

  async 'ends the loop when its signal is aborted'(endpoints) {
    const { peer } = await endpoints.pair();
    const controller = new AbortController();
    const iterator = peer.messages({ signal: controller.signal });
    const next = iterator.next();
    controller.abort();
    assert.equal(await next, { done: true, value: undefined });
  },

  async 'ends the loop when the session has ended, after the last message'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const heard: unknown[] = [];
    const loop = (async () => {
      for await (const message of peer.messages()) {
        heard.push(message.data);
        message.accept();
      }
    })();
    for (const word of ['a', 'b', 'c']) void client.send('say', word);
    const report = await client.drain();
    await loop;
    assert.equal(heard, ['a', 'b', 'c']);
    assert.is(report.handled, 3);
  },
};
