import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Backlog } from '../../../../packages/core/src/session/backlog.ts';

const backlog = suite('a backlog');

backlog('is there when nothing was settled for 30 s, and more was received', () => {
  const watched = new Backlog();
  watched.note(1, 0, true, 1000);
  assert.is(watched.deadlineMs, Infinity, 'one message that takes long is none');
  watched.note(2, 0, true, 5000);
  assert.is(watched.deadlineMs, 31_000);
  assert.is(watched.handleDeadline(30_999), false);
  assert.is(watched.handleDeadline(31_000), true);
  assert.equal([watched.isThere, watched.deadlineMs], [true, Infinity]);
  assert.is(watched.handleDeadline(90_000), false, 'it is said once');
});

backlog('is there at once when more is received after 30 s with one message', () => {
  const watched = new Backlog();
  watched.note(1, 0, true, 1000);
  watched.note(2, 0, true, 60_000);
  assert.is(watched.handleDeadline(60_000), true);
});

backlog('begins anew with everything that is settled, in whatever order', () => {
  const watched = new Backlog();
  watched.note(2, 0, true, 1000);
  watched.note(3, 0, true, 2000);
  watched.note(4, 1, true, 20_000);
  assert.is(watched.deadlineMs, Infinity);
  watched.note(5, 1, true, 21_000);
  assert.is(watched.deadlineMs, 50_000);
});

backlog('is over with the next that is settled', () => {
  const watched = new Backlog();
  watched.note(1, 0, true, 0);
  watched.note(2, 0, true, 0);
  watched.handleDeadline(30_000);
  assert.is(watched.note(3, 0, true, 31_000), false);
  assert.is(watched.note(3, 1, true, 32_000), true);
  assert.is(watched.isThere, false);
  assert.is(watched.note(3, 3, false, 33_000), false);
  assert.is(watched.deadlineMs, Infinity);
});

backlog('is over with the connection', () => {
  const watched = new Backlog();
  watched.note(1, 0, true, 0);
  watched.note(2, 0, true, 0);
  watched.handleDeadline(30_000);
  assert.is(watched.stop(), true);
  assert.is(watched.stop(), false);
  assert.equal([watched.isThere, watched.deadlineMs], [false, Infinity]);
});

backlog('does not count the time in which we stood still', () => {
  const watched = new Backlog();
  watched.note(1, 0, true, 0);
  watched.note(2, 0, true, 0);
  watched.discount(25_000);
  assert.is(watched.deadlineMs, 55_000);
});
backlog.run();
