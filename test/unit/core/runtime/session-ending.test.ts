import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { CloseCause } from '../../../../packages/core/src/errors/close-cause.ts';
import { SessionEnding } from '../../../../packages/core/src/runtime/session-ending.ts';
import { Inbox } from '../../../../packages/core/src/session/inbox.ts';
import { IncomingMessage } from '../../../../packages/core/src/session/incoming-message.ts';
import { testClock } from '../../../../packages/core/src/testing/test-clock.ts';

/** An ending whose inbox holds one message that nobody has started, and what it reports. */
function ending(): { ending: SessionEnding; inbox: Inbox; reports: CloseCause[]; clock: ReturnType<typeof testClock> } {
  const clock = testClock();
  const inbox = new Inbox('refuse');
  const reports: CloseCause[] = [];
  inbox.add(new IncomingMessage('session', 1, false, 'say', new Uint8Array(0)));
  return { ending: new SessionEnding(clock, inbox, (cause) => reports.push(cause)), inbox, reports, clock };
}

const RESET: CloseCause = { kind: 'reset' };
const end = suite('the end of a session');

end('is reported when the link is gone and everything has been handed over, once', () => {
  const { ending: one, inbox, reports, clock } = ending();
  assert.equal([one.hasBegun, one.cause], [false, null]);
  inbox.takeReady();
  one.begin(RESET);
  one.reportWhenDrained();
  assert.equal([one.hasBegun, reports.length], [true, 0], 'the link is not gone');
  one.linkGone(RESET);
  one.reportWhenDrained();
  one.reportWhenDrained();
  assert.equal(reports, [RESET]);
  assert.is(clock.pending, 0);
});

end('waits for what has arrived before', async () => {
  const { ending: one, inbox, reports, clock } = ending();
  one.linkGone(RESET);
  one.reportWhenDrained();
  await clock.advance(4999);
  assert.equal(reports, []);
  inbox.takeReady();
  one.reportWhenDrained();
  assert.equal(reports, [RESET]);
  assert.is(clock.pending, 0);
});

end('waits for 5 s at most', async () => {
  const { ending: one, reports, clock } = ending();
  one.linkGone(RESET);
  await clock.advance(3000);
  one.linkGone(RESET);
  await clock.advance(2000);
  assert.equal(reports, [RESET]);
  one.reportWhenDrained();
  assert.is(reports.length, 1);
  assert.is(clock.pending, 0);
});

end('has the cause that came first, and what the transport saw beside it', () => {
  const { ending: one } = ending();
  const evidence = { errno: 'ECONNRESET' };
  one.begin({ kind: 'destroyed' });
  one.begin({ kind: 'finished' });
  one.linkGone({ kind: 'reset', evidence });
  assert.equal(one.cause, { kind: 'destroyed', evidence });
});

end('has the transport’s cause when nobody else had one', () => {
  const { ending: one } = ending();
  one.linkGone(RESET);
  assert.is(one.cause, RESET);
});

end('has no evidence when there never was a link', () => {
  const { ending: one } = ending();
  one.begin({ kind: 'destroyed' });
  one.linkGone(null);
  assert.equal(one.cause, { kind: 'destroyed' });
});
end.run();
