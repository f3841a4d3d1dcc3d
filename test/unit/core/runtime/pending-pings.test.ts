import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HeartwireError } from '../../../../packages/core/src/errors/heartwire-error.ts';
import { PendingPings } from '../../../../packages/core/src/runtime/pending-pings.ts';
import { testClock } from '../../../../packages/core/src/testing/test-clock.ts';

/** How each ended: its round trip, or the code of its error. */
function outcomes(promises: readonly Promise<{ rtt: number }>[]): Promise<unknown[]> {
  return Promise.all(
    promises.map((promise) =>
      promise.then(
        ({ rtt }) => rtt,
        (error: unknown) => (error instanceof HeartwireError ? error.code : error),
      ),
    ),
  );
}

const pings = suite('a ping that is awaited');

pings('is answered with its round trip', async () => {
  const clock = testClock();
  const pending = new PendingPings(clock);
  const ping = pending.add(5, 1000);
  pending.answer(5, 12.5);
  assert.equal(await outcomes([ping]), [12.5]);
  assert.is(clock.pending, 0);
});

pings('fails when nobody answers in time, and not earlier', async () => {
  const clock = testClock();
  const pending = new PendingPings(clock);
  const ping = outcomes([pending.add(5, 1000)]);
  await clock.advance(999);
  assert.is(clock.pending, 1);
  await clock.advance(1);
  assert.equal(await ping, ['ERR_HW_TIMEOUT']);
  pending.answer(5, 1);
});

pings('is answered by the answer to a later one, since a peer answers the last of several', async () => {
  const clock = testClock();
  const pending = new PendingPings(clock);
  const three = [pending.add(62, 1000), pending.add(63, 1000), pending.add(0, 1000)];
  const later = pending.add(1, 1000);
  pending.answer(0, 7);
  assert.equal(await outcomes(three), [7, 7, 7]);
  assert.is(clock.pending, 1);
  pending.answer(1, 8);
  assert.equal(await outcomes([later]), [8]);
});

pings('is answered by the answer to a heartbeat that went after it', async () => {
  const pending = new PendingPings(testClock());
  const ping = pending.add(10, 1000);
  pending.answer(11, 3);
  assert.equal(await outcomes([ping]), [3]);
});

pings('is not answered by the answer to an earlier one', async () => {
  const clock = testClock();
  const pending = new PendingPings(clock);
  const ping = outcomes([pending.add(10, 1000)]);
  pending.answer(9, 3);
  assert.is(clock.pending, 1);
  await clock.advance(1000);
  assert.equal(await ping, ['ERR_HW_TIMEOUT']);
});

pings('whose nonce comes around again fails as if nobody had answered', async () => {
  const pending = new PendingPings(testClock());
  const [first, second] = [pending.add(5, 1000), pending.add(5, 1000)];
  pending.answer(5, 1);
  assert.equal(await outcomes([first, second]), ['ERR_HW_TIMEOUT', 1]);
});

pings('fails when the session is over', async () => {
  const clock = testClock();
  const pending = new PendingPings(clock);
  const both = [pending.add(1, 1000), pending.add(2, 1000)];
  pending.rejectAll();
  assert.equal(await outcomes(both), ['ERR_HW_SESSION_CLOSED', 'ERR_HW_SESSION_CLOSED']);
  assert.is(clock.pending, 0);
});
pings.run();
