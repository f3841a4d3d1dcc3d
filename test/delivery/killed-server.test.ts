// The short form of killed-server.long.test.ts.
import { testKilledServer } from './killed-server-suite.ts';

testKilledServer([{ transport: 'tcp', kills: 3, seed: 1, deadlineMs: 15_000 }]);
