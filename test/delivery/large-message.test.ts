// The short form of large-message.long.test.ts.
// test-limit: 120s
import { testLargeMessage } from './large-message-suite.ts';

testLargeMessage([
  {
    transport: 'tcp',
    messageBytes: 10_000_000,
    bytesPerSecond: 10_000_000,
    deadlineMs: 20_000,
    judged: 'p50',
    attempts: 1,
  },
]);
