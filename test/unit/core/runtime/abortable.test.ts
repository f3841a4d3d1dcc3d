import { getEventListeners } from 'node:events';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { abortable } from '../../../../packages/core/src/runtime/abortable.ts';

const waiting = suite('a promise with a signal');

waiting('is the promise where there is no signal', () => {
  const promise = Promise.resolve(7);
  assert.is(abortable(promise, undefined), promise);
});

waiting('ends as the promise does, and lets go of the signal', async () => {
  const { signal } = new AbortController();
  assert.is(await abortable(Promise.resolve(7), signal), 7);
  const error = new Error('no');
  assert.is(await abortable(Promise.reject(error), signal).catch((reason: unknown) => reason), error);
  await Promise.resolve();
  assert.is(getEventListeners(signal, 'abort').length, 0);
});

waiting('rejects with the reason of the signal when that comes first', async () => {
  const controller = new AbortController();
  const reason = new Error('not interested');
  const before = abortable(new Promise(() => {}), controller.signal);
  controller.abort(reason);
  const after = abortable(Promise.reject(new Error('late')), controller.signal);
  for (const promise of [before, after]) assert.is(await promise.catch((error: unknown) => error), reason);
});
waiting.run();
