// test-limit: 120s
// The short form of slow-link.long.test.ts: 1 MB, which takes 9 s.
import { DEEP_QUEUE_BYTES, SHALLOW_QUEUE_BYTES } from './network/slow-link.ts';
import { testSlowLinks } from './slow-link-suite.ts';

const COMMON = { messageBytes: 1_000_000, bitsPerSecond: 1_000_000, isTwoWay: false, isPinged: true } as const;

await testSlowLinks([
  { ...COMMON, name: '1 MB, game', heartbeat: 'game', queueBytes: DEEP_QUEUE_BYTES },
  { ...COMMON, name: '1 MB, game, heartbeats alone', heartbeat: 'game', queueBytes: DEEP_QUEUE_BYTES, isPinged: false },
  { ...COMMON, name: '1 MB, default, a queue that drops', heartbeat: 'default', queueBytes: SHALLOW_QUEUE_BYTES },
  { ...COMMON, name: '1 MB both ways, game', heartbeat: 'game', queueBytes: DEEP_QUEUE_BYTES, isTwoWay: true },
]);
