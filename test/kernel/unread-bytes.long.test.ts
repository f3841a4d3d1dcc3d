// The same on the other versions of Node that are supported.
// test-limit: 300s
import { runtimeBinary } from './runtime-binary.ts';
import { testUnreadBytes } from './unread-bytes-suite.ts';

testUnreadBytes([
  { name: 'Node 22', binary: runtimeBinary('node22') },
  { name: 'Node 24', binary: runtimeBinary('node24') },
]);
