// The short form of silent-recipients.long.test.ts. It shares the machine with other tests, so only what is far off is noticed here.
// test-limit: 120s
import { testSilentRecipients } from './silent-recipients-suite.ts';

testSilentRecipients({
  talkative: 190,
  silent: 10,
  rounds: 20,
  attempts: 6,
  maxRatio: 1.3,
  server: { sendTimeout: 4000 },
  deadlineMs: 30_000,
});
