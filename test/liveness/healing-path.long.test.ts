// test-limit: 1800s
import { healingPathTest } from './healing-path-suite.ts';

healingPathTest(20_000).run();
