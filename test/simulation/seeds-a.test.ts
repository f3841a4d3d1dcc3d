// test-limit: 240s
import { seedsTest } from './seeds-test.ts';

seedsTest({ from: 1, to: 2500 });
