// A thousand sessions, ten of which fall silent without a word: the others do not notice (promises P1, P11, P17).
// test-limit: 400s
import { testSilentRecipients } from './silent-recipients-suite.ts';

testSilentRecipients({
  talkative: 990,
  silent: 10,
  rounds: 100,
  attempts: 4,
  maxRatio: 1.2,
  server: { sendTimeout: 15_000 },
  deadlineMs: 120_000,
});
