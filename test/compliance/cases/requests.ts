// Questions and answers.
import { Refusal } from '@heartwire/core';
import { map } from 'rxjs';
import * as assert from 'uvu/assert';
import type { ComplianceCases } from '../compliance-case.ts';
import { failureOf, gate, record } from '../expectations.ts';

const DEFAULT_CONCURRENCY = 16;

export const requests: ComplianceCases = {
  async 'answers a request'(endpoints) {
    const { client, peer } = await endpoints.pair();
    peer.handle('double', (value: number) => value * 2);
    client.handle('greet', (name: string) => Promise.resolve(`hello ${name}`));
    assert.is(await client.request('double', 21), 42);
    assert.is(await peer.request('greet', 'ada'), 'hello ada');
  },

  async 'goes through the same stages as a message'(endpoints) {
    const { client, peer } = await endpoints.pair();
    peer.handle('ask', () => 'an answer');
    const delivery = client.request('ask');
    const stages = record(delivery.state$.pipe(map(({ stage }) => stage)));
    assert.is(await delivery, 'an answer');
    assert.equal(stages, ['queued', 'sent', 'delivered', 'handled']);
  },

  async 'gives each of many parallel requests its own answer'(endpoints) {
    const { client, peer } = await endpoints.pair();
    let running = 0;
    let most = 0;
    const { opened, open } = gate();
    peer.handle('ask', async (value: number) => {
      most = Math.max(most, (running += 1));
      if (running === DEFAULT_CONCURRENCY) open();
      await opened;
      running -= 1;
      return `answer ${value}`;
    });
    const questions = Array.from({ length: 100 }, (_, index) => index);
    const answers = await Promise.all(questions.map((value) => client.request('ask', value)));
    assert.equal(
      answers,
      questions.map((value) => `answer ${value}`),
    );
    assert.is(most, DEFAULT_CONCURRENCY);
  },

  async 'lets a handler ask the peer that it serves'(endpoints) {
    const { client, peer } = await endpoints.pair();
    client.handle('name', () => 'ada');
    peer.handle(
      'greet',
      async (greeting: string, { session }) => `${greeting} ${String(await session.request('name'))}`,
    );
    // Also while a message is being handled, which waits for nobody but keeps the next message waiting.
    peer.handle('remember', async (_data, { session }) => {
      assert.is(await session.request('name'), 'ada');
    });
    assert.is(await client.request('greet', 'hello'), 'hello ada');
    await client.send('remember');
  },

  async 'does not let a slow request hold up messages'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const { opened, open } = gate();
    peer.handle('slow', () => opened);
    peer.handle('say', () => {});
    const slow = client.request('slow');
    await client.send('say', 'overtakes');
    assert.is.not(slow.state$.value.stage, 'handled');
    open();
    assert.is(await slow, undefined);
  },

  async 'rejects a request that the handler refuses, with its code and data'(endpoints) {
    const { client, peer } = await endpoints.pair();
    peer.handle('ask', () => {
      throw new Refusal('not-today', 'stays at home', { until: 'tomorrow' });
    });
    const error = await failureOf(client.request('ask'));
    assert.is(error.outcome, 'refused');
    assert.equal(error.refusal, { code: 'not-today', data: { until: 'tomorrow' } });
    assert.is(error.safeToRetry, false);
  },

  async 'rejects a request that nobody handles'(endpoints) {
    const { client } = await endpoints.pair();
    const error = await failureOf(client.request('ask'));
    assert.is(error.code, 'ERR_HW_NO_HANDLER');
    assert.is(error.outcome, 'refused');
    assert.is(error.safeToRetry, true);
  },

  async 'rejects a request whose answer cannot be encoded'(endpoints) {
    const { client, peer } = await endpoints.pair();
    peer.handle('ask', () => Symbol('no MessagePack for this'));
    const error = await failureOf(client.request('ask'));
    assert.is(error.outcome, 'refused');
    assert.is(error.code, 'ERR_HW_PAYLOAD');
  },
};
