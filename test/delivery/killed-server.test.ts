// The short form of killed-server.long.test.ts.
// test-limit: 120s
import { testKilledServer } from './killed-server-suite.ts';

testKilledServer([{ transport: 'tcp', kills: 3, seed: 1, deadlineMs: 30_000 }]);
