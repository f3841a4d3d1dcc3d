// Ten thousand random ends of connections, against a real peer (promise P9).
// test-limit: 1800s
import { testSchedules } from './schedule-suite.ts';

testSchedules({ schedules: 10_000, firstSeed: 1_000_000 });
