// test-limit: 120s
// test-alone: it stands and falls with time
import { pausedServerTest } from './paused-server-suite.ts';

// Longer than the probe that follows a suspicion, so that second connections are made.
pausedServerTest({ heartbeat: 'game', clients: 200, pauseMs: 5000, settleMs: 4000 }).run();
