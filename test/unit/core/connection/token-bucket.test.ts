import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TokenBucket } from '../../../../packages/core/src/connection/token-bucket.ts';

const bucket = suite('a token bucket');

function takes(one: TokenBucket, nowMs: number): number {
  let count = 0;
  while (one.take(1, nowMs)) count += 1;
  return count;
}

bucket('gives as many at once as it holds, and not one more', () => {
  const one = new TokenBucket({ burst: 3, perSecond: 1 }, 0);
  assert.equal(
    [1, 2, 3, 4].map(() => one.take(1, 0)),
    [true, true, true, false],
  );
});

bucket('fills up with time, a token after the other, up to its size', () => {
  const one = new TokenBucket({ burst: 3, perSecond: 10 }, 0);
  takes(one, 0);
  assert.equal([one.take(1, 99), one.take(1, 100), one.take(1, 199), one.take(1, 200)], [false, true, false, true]);
  assert.equal([takes(one, 500), takes(one, 100_000)], [3, 3]);
});

bucket('gives several together or none', () => {
  const one = new TokenBucket({ burst: 10, perSecond: 1 }, 0);
  assert.equal([one.take(11, 0), one.take(7, 0), one.take(4, 0), one.take(3, 0)], [false, true, false, true]);
});

bucket('says how long the next one takes', () => {
  const one = new TokenBucket({ burst: 1, perSecond: 3 }, 0);
  assert.is(one.waitMs(0), 0);
  one.take(1, 0);
  assert.equal([one.waitMs(0), one.waitMs(100), one.waitMs(333), one.waitMs(1000)], [334, 234, 1, 0]);
  assert.equal([one.take(1, 333), one.take(1, 334)], [false, true]);
});

// A caller who waits as long as it was told must not find that it was too short.
bucket('is full enough after the time that it says, at any moment and rate', () => {
  for (const perSecond of [0.1, 1, 3, 7, 10, 100, 999, 1001]) {
    const one = new TokenBucket({ burst: 2, perSecond }, 0.7);
    let nowMs = 0.7;
    for (let round = 0; round < 1000; round += 1) {
      assert.ok(one.take(1, nowMs));
      nowMs += one.waitMs(nowMs);
    }
  }
});

bucket('takes what is given, up to its size', () => {
  const one = new TokenBucket({ burst: 5, perSecond: 1 }, 0);
  takes(one, 0);
  one.give(2, 0);
  assert.is(takes(one, 0), 2);
  one.give(99, 0);
  assert.is(takes(one, 0), 5);
});

bucket('changes nothing when it is asked or says no', () => {
  const one = new TokenBucket({ burst: 2, perSecond: 10 }, 0);
  takes(one, 0);
  for (let nowMs = 0; nowMs < 100; nowMs += 1) one.take(1, nowMs);
  one.waitMs(50);
  assert.ok(one.take(1, 100));
});

bucket('does not mind a clock that goes back', () => {
  const one = new TokenBucket({ burst: 1, perSecond: 10 }, 1000);
  one.take(1, 1000);
  assert.equal([one.take(1, 0), one.waitMs(0)], [false, 100]);
});
bucket.run();
