// The short form of cut-connections.long.test.ts.
// test-limit: 120s
import { testNumbered } from './numbered-suite.ts';

testNumbered(
  [
    { transports: ['tcp'], directions: ['up', 'down'] },
    { transports: ['ws'], directions: ['up', 'down'] },
    { transports: ['tcp', 'ws'], directions: ['up', 'down'] },
  ],
  { messages: 3000, cuts: 20, seed: 1, deadlineMs: 30_000 },
);
