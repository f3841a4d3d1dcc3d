import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isPromiseLike } from '../../../../packages/core/src/runtime/promise-like.ts';

const promises = suite('what a handler returns');

promises('is waited for when it has a then', () => {
  // oxlint-disable-next-line unicorn/no-thenable -- a promise of somebody else's making
  for (const value of [Promise.resolve(), { then: () => {} }]) assert.ok(isPromiseLike(value));
});

promises('is not waited for when its then is something else', () => {
  // oxlint-disable-next-line unicorn/no-thenable -- no promise at all
  assert.not.ok(isPromiseLike({ then: 5 }));
});

promises('is not waited for otherwise', () => {
  for (const value of [undefined, null, 1, 'then', {}, () => {}]) assert.not.ok(isPromiseLike(value));
});
promises.run();
