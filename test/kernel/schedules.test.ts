// The short form of schedules.long.test.ts.
// test-limit: 120s
import { testSchedules } from './schedule-suite.ts';

testSchedules({ schedules: 300, firstSeed: 18 });
