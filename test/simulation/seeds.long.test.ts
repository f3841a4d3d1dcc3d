// test-limit: 3600s
import { seedsTest } from './seeds-test.ts';

const PROGRESS_EVERY = 10_000;

seedsTest({
  from: 1,
  to: 100_000,
  onSeed(seed) {
    if (seed % PROGRESS_EVERY === 0) console.log(`${seed} seeds`);
  },
});
