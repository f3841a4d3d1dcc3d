// What becomes of a message that its sender does not want any more, or whose time is up (promises P1, P4; PROTOCOL.md §21 and §22).
import * as assert from 'uvu/assert';
import type { HeartwireError } from '@heartwire/core';
import type { ComplianceCases } from '../compliance-case.ts';
import type { ClientSession, PeerSession } from '../endpoints.ts';
import { failureOf, gate } from '../expectations.ts';
import { COMES_BACK } from '../severable.ts';

/** Mostly long enough for a message to reach its handler first; where that matters it is doubled until it is. */
const SHORT_MS = 100;

export const withdrawing: ComplianceCases = {
  async 'withdraws what is not written, and the peer never sees it'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const seen: unknown[] = [];
    peer.handle('say', (data) => void seen.push(data));
    const controller = new AbortController();
    const sent = [
      client.send('say', 1),
      client.send('say', 2, { signal: controller.signal }),
      client.send('say', 3, { signal: AbortSignal.abort() }),
      client.request('say', 4),
    ];
    sent[0]!.cancel();
    sent[3]!.cancel();
    controller.abort();
    assert.equal(await outcomes(sent), Array(4).fill('cancelled ERR_HW_CANCELLED, safe'));
    assert.is((await client.send('say', 5)).id, 1, 'none of them has taken an id');
    assert.equal(seen, [5]);
  },

  async 'proves that what waits for a handler is not handled: cancelled, aborted, timed out, expired'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const { started, open } = busy(peer);
    const running = client.send('say', 'running');
    const controller = new AbortController();
    const sent = [
      client.send('say', 'cancelled'),
      client.send('say', 'aborted', { signal: controller.signal }),
      client.send('say', 'timed out', { timeout: SHORT_MS }),
      client.send('say', 'expired', { expiresIn: SHORT_MS }),
    ];
    const last = client.send('say', 'last', { expiresIn: 60_000 });
    await client.ping();
    sent[0]!.cancel();
    controller.abort();
    assert.equal(await outcomes(sent), [
      'cancelled ERR_HW_CANCELLED, safe',
      'cancelled ERR_HW_CANCELLED, safe',
      'not-delivered ERR_HW_TIMEOUT, safe',
      'expired ERR_HW_EXPIRED, safe',
    ]);
    open();
    assert.equal([(await running).stage, (await last).stage], ['handled', 'handled']);
    assert.equal(started, ['running', 'last']);
  },

  async 'tells a handler that runs, and what it makes of the message is the outcome'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const reasons: string[] = [];
    peer.handle(
      'stop',
      async (_, { signal }) => {
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
        return reasons.push((signal.reason as HeartwireError).code);
      },
      { concurrency: 2 },
    );
    const answer = await untilInTime((expiresIn) => client.request('stop', undefined, { expiresIn }).catch(() => null));
    assert.is(answer, 1);
    const cancelled = client.send('stop');
    await client.ping();
    cancelled.cancel();
    assert.is((await cancelled).stage, 'handled');
    assert.equal(reasons, ['ERR_HW_EXPIRED', 'ERR_HW_CANCELLED']);
  },

  async 'lets a loop take no message whose time is up'(endpoints) {
    const { client, peer } = await endpoints.pair();
    const messages = peer.messages('say');
    const late = client.send('say', 'late', { expiresIn: SHORT_MS });
    const kept = client.send('say', 'kept');
    assert.equal(await outcomes([late]), ['expired ERR_HW_EXPIRED, safe']);
    const { value } = await messages.next();
    assert.is(value!.data, 'kept');
    value!.accept();
    assert.is((await kept).stage, 'handled');
  },

  async 'keeps the time of a message while the connection is lost'(endpoints) {
    const line = endpoints.severable(await endpoints.serve());
    const { client, peer } = await line.join(COMES_BACK);
    const { started, open } = busy(peer);
    const running = client.send('say', 'running');
    const late = [client.send('say', 'waits there', { expiresIn: SHORT_MS })];
    await client.ping();
    line.cut();
    late.push(client.send('say', 'waits here', { expiresIn: SHORT_MS }));
    assert.equal(await outcomes(late), Array(2).fill('expired ERR_HW_EXPIRED, safe'));
    open();
    assert.is((await running).stage, 'handled');
    assert.is((await client.send('say', 'next')).stage, 'handled');
    assert.equal(started, ['running', 'next']);
  },

  async 'says of a message to many for whom it came too late'(endpoints) {
    const server = await endpoints.serve();
    const [quick, slow] = await Promise.all([endpoints.join(server), endpoints.join(server)]);
    const { open } = busy(slow.client);
    quick.client.handle('say', () => {});
    const running = slow.peer.send('say', 'running');
    const report = await untilInTime(async (expiresIn) => {
      const { handled, expired, recipients } = await server.everyone.send('say', 'offer', { expiresIn });
      return handled === 0 ? null : [handled, expired, recipients];
    });
    assert.equal(report, [1, 1, 2]);
    open();
    await running;
  },
};

/** The first result of an attempt whose message reached a handler in time, on a machine that may be slow. */
async function untilInTime<T>(attempt: (expiresIn: number) => PromiseLike<T | null>): Promise<T> {
  for (let expiresIn = SHORT_MS; ; expiresIn *= 2) {
    const result = await attempt(expiresIn);
    if (result !== null) return result;
  }
}

/** Handles 'say': nothing is finished before `open` is called. */
function busy(session: PeerSession | ClientSession): { readonly started: unknown[]; open(): void } {
  const { opened, open } = gate();
  const started: unknown[] = [];
  session.handle('say', (data) => {
    started.push(data);
    return opened;
  });
  return { started, open };
}

/** How the deliveries failed: outcome, code, and whether they may be sent again. */
async function outcomes(deliveries: readonly PromiseLike<unknown>[]): Promise<string[]> {
  const failures = await Promise.all(deliveries.map(failureOf));
  return failures.map(({ outcome, code, safeToRetry }) => `${outcome} ${code}, ${safeToRetry ? 'safe' : 'unsafe'}`);
}
