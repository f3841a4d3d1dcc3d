// What a failed write must not throw away (promise P9), on the Node that runs the tests.
// test-limit: 120s
import { testUnreadBytes } from './unread-bytes-suite.ts';

testUnreadBytes([{ name: `Node ${process.versions.node}`, binary: process.execPath }]);
