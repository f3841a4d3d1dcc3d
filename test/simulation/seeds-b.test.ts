// test-limit: 240s
import { seedsTest } from './seeds-test.ts';

seedsTest({ from: 2501, to: 5000 });
