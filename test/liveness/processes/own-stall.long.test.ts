// test-limit: 600s
// test-alone: it stands and falls with time
import { ownStallTest } from './own-stall-suite.ts';

const scale = { sessions: 2000, doomed: 100, stallMs: 30_000 };
// The ceilings: after a stall everybody has much to say, and round trips are long.
for (const how of ['block', 'stop'] as const) {
  ownStallTest([how], { ...scale, heartbeat: 'default', suspectMaxMs: 20_000, deadMaxMs: 45_000 }).run();
  ownStallTest([how], { ...scale, heartbeat: 'game', suspectMaxMs: 4000, deadMaxMs: 14_000 }).run();
}
