import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { VolatileDrops } from '../../../../packages/core/src/session/volatile-drops.ts';

const drops = suite('what was dropped');

drops('is reported by reason, with its number', () => {
  const counted = new VolatileDrops();
  assert.is(counted.nextDeadlineMs, Infinity);
  assert.equal(counted.takeReport(5), []);
  counted.add('not-open');
  counted.add('inbox-keys', 4);
  counted.add('not-open', 2);
  assert.ok(counted.nextDeadlineMs <= 5, 'the first report is due at once');
  assert.equal(counted.takeReport(5), [
    { type: 'limit', of: 'volatile', reason: 'not-open', dropped: 3 },
    { type: 'limit', of: 'volatile', reason: 'inbox-keys', dropped: 4 },
  ]);
  assert.is(counted.nextDeadlineMs, Infinity);
});

drops('is reported once a second, and nothing is forgotten meanwhile', () => {
  const counted = new VolatileDrops();
  counted.add('outbox-keys');
  assert.is(counted.takeReport(100).length, 1);
  for (let nowMs = 101; nowMs < 1100; nowMs += 1) {
    counted.add('outbox-keys');
    assert.equal(counted.takeReport(nowMs), []);
  }
  assert.is(counted.nextDeadlineMs, 1100);
  assert.equal(counted.takeReport(1100), [{ type: 'limit', of: 'volatile', reason: 'outbox-keys', dropped: 999 }]);
});

drops('of nothing is no report', () => {
  const counted = new VolatileDrops();
  counted.add('not-open', 0);
  assert.is(counted.nextDeadlineMs, Infinity);
});

drops('is reported at the end at once, and never after it', () => {
  const counted = new VolatileDrops();
  counted.add('not-open');
  counted.takeReport(0);
  counted.add('not-open', 2);
  assert.equal(counted.end(), [{ type: 'limit', of: 'volatile', reason: 'not-open', dropped: 2 }]);
  counted.add('not-open');
  assert.is(counted.nextDeadlineMs, Infinity);
  assert.equal(counted.end(), []);
});
drops.run();
