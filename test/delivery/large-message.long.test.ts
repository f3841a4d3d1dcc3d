// 50 MB to a reader that takes 10 MB/s, over TCP and over WebSocket (promises P11, P12, P17).
// test-limit: 400s
import { testLargeMessage } from './large-message-suite.ts';

testLargeMessage([
  {
    transport: 'tcp',
    messageBytes: 50_000_000,
    bytesPerSecond: 10_000_000,
    deadlineMs: 60_000,
    judged: 'p99',
    attempts: 3,
  },
  {
    transport: 'ws',
    messageBytes: 50_000_000,
    bytesPerSecond: 10_000_000,
    deadlineMs: 60_000,
    judged: 'p99',
    attempts: 3,
  },
]);
