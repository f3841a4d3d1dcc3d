// Is the other side still there?
import { bufferCount, filter, firstValueFrom, merge } from 'rxjs';
import * as assert from 'uvu/assert';
import type { ComplianceCases } from '../compliance-case.ts';
import { errorOf, record, until } from '../expectations.ts';

/** Beats fast, and forgives a busy machine much. */
const FAST = { interval: 50, suspectAfter: 5_000, deadAfter: 10_000 };

export const liveness: ComplianceCases = {
  async 'knows the round trip soon after it is open, on both sides'(endpoints) {
    const server = await endpoints.serve();
    const unopened = endpoints.connect(server);
    assert.is(unopened.liveness$.value.status, 'unknown');
    assert.is(unopened.liveness$.value.rtt, null);
    const { client, peer } = await endpoints.join(server);
    for (const session of [client, peer]) {
      const known = await until(session.liveness$, ({ rtt }) => rtt !== null);
      assert.is(known.status, 'alive');
      assert.ok(known.rtt! >= 0 && known.srtt! >= 0 && known.rttvar! >= 0 && known.minRtt! <= known.rtt!);
      assert.is(known.suspicion, 0);
      assert.ok(Math.abs(known.lastHeardAt! - Date.now()) < 60_000);
    }
  },

  async 'answers a ping on both sides'(endpoints) {
    const { client, peer } = await endpoints.pair();
    for (const session of [client, peer]) {
      const { rtt } = await session.ping();
      assert.ok(rtt >= 0 && rtt < 10_000);
    }
  },

  // A peer answers the last of several PINGs only; those who waited for the others waited until their time was up.
  async 'answers each of many pings at once'(endpoints) {
    const { client } = await endpoints.pair();
    const pongs = await Promise.all(Array.from({ length: 20 }, () => client.ping()));
    for (const { rtt } of pongs) assert.ok(rtt >= 0);
  },

  async 'keeps an idle session alive by its heartbeat'(endpoints) {
    const { client, peer } = await endpoints.pair({ server: { heartbeat: FAST }, client: { heartbeat: FAST } });
    const statuses = [record(client.liveness$), record(peer.liveness$)];
    const measured = merge(client.liveness$, peer.liveness$).pipe(filter(({ rtt }) => rtt !== null));
    // Figures come once a second, and beats twenty times as often.
    await firstValueFrom(measured.pipe(bufferCount(4)));
    assert.is(client.state$.value.status, 'open');
    for (const { status } of statuses.flat()) assert.ok(status === 'alive' || status === 'unknown', status);
  },

  async 'rejects the pings that the end leaves without answer'(endpoints) {
    const { client } = await endpoints.pair();
    const pinging = client.ping();
    client.destroy();
    const error = await errorOf(pinging);
    assert.is(error.code, 'ERR_HW_SESSION_CLOSED');
    assert.is((await errorOf(client.ping())).code, 'ERR_HW_SESSION_CLOSED');
  },
};
