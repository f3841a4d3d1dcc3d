// A server that is killed twenty times under load, over TCP and over WebSocket (promises P1, P2, P4).
// test-limit: 600s
import { testKilledServer } from './killed-server-suite.ts';

testKilledServer([
  { transport: 'tcp', kills: 20, seed: 20_260_102, deadlineMs: 30_000 },
  { transport: 'ws', kills: 20, seed: 20_260_103, deadlineMs: 30_000 },
]);
