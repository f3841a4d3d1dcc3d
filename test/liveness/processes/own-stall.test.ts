// test-limit: 120s
// test-alone: it stands and falls with time
import { ownStallTest } from './own-stall-suite.ts';

ownStallTest(['block', 'stop'], {
  heartbeat: 'lan',
  sessions: 200,
  doomed: 20,
  stallMs: 6000,
  suspectMaxMs: 2000,
  deadMaxMs: 4500,
}).run();
