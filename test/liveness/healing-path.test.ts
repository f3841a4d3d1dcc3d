// test-limit: 120s
import { healingPathTest } from './healing-path-suite.ts';

healingPathTest(150).run();
