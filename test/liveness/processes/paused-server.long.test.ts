// test-limit: 300s
// test-alone: it stands and falls with time
import { pausedServerTest } from './paused-server-suite.ts';

pausedServerTest({ heartbeat: 'default', clients: 2000, pauseMs: 18_000, settleMs: 12_000 }).run();
// Beyond every probe: all of them dial, and stand before the door in the same moment.
pausedServerTest({
  heartbeat: 'default',
  clients: 2000,
  pauseMs: 26_000,
  settleMs: 15_000,
  turnsAway: true,
}).run();
