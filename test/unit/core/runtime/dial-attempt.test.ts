/** One attempt: its credentials, its time, and how it is called off. That of a session's first connection is also in connect.test.ts. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { connect } from '@heartwire/core';
import { testClock } from '@heartwire/core/testing';
import type { Dialer, LinkSink } from '@heartwire/core/transport';
import { VirtualWorld, watch } from '../../../support/virtual-world.ts';

/** Notes the sinks and signals that it is given, and closes what is aborted. */
class PatientDialer implements Dialer {
  readonly name = 'patient';
  readonly address = 'somewhere';
  readonly sinks: LinkSink[] = [];

  dial(sink: LinkSink, signal: AbortSignal): void {
    this.sinks.push(sink);
    signal.addEventListener('abort', () => queueMicrotask(() => sink.closed({ kind: 'destroyed' })));
  }
}

const attempt = suite('an attempt');

attempt('evaluates the credentials for each connection, also when it resumes', async () => {
  const seen: unknown[] = [];
  const world = await VirtualWorld.start({ server: { authenticate: (auth) => seen.push(auth) } });
  let tickets = 0;
  const { client } = await world.open({ reconnect: { initial: 0 }, auth: () => `ticket ${(tickets += 1)}` });
  world.network.reset();
  await world.clock.advance(1);
  assert.equal(seen, ['ticket 1', 'ticket 2']);
  assert.equal(client.state$.value, { status: 'open', epoch: 2, resumed: true });
  client.destroy();
  await world.close();
});

attempt('whose credentials cannot be had ends the session', async () => {
  const world = await VirtualWorld.start();
  let isFirst = true;
  const auth = (): string => {
    if (!isFirst) throw new Error('no wallet');
    isFirst = false;
    return 'ok';
  };
  const { client } = await world.open({ reconnect: { initial: 0 }, auth });
  world.network.reset();
  await world.clock.advance(1);
  const cause = await client.closed;
  assert.ok(cause.kind === 'refused' && cause.code === 'ERR_HW_AUTH' && /no wallet/.test(cause.message));
  await world.close();
});

// It was an unhandled rejection, and the session stayed `connecting` until the dial timed out.
attempt('of a dialer that throws has failed, and the session says so', async () => {
  const clock = testClock();
  const dialer: Dialer = {
    name: 'broken',
    address: 'nowhere',
    dial() {
      throw new Error('out of order');
    },
  };
  const session = connect(dialer, { clock });
  await clock.settle();
  const cause = await session.closed;
  assert.ok(cause.kind === 'refused' && cause.code === 'ERR_HW_OPTION' && /out of order/.test(cause.message));
  assert.is(clock.pending, 0);
});

attempt('that takes too long is followed by another one', async () => {
  const clock = testClock();
  const dialer = new PatientDialer();
  const session = connect(dialer, { clock, random: () => 1, limits: { dialTimeout: 700 } });
  const connections = watch(session.connection$);
  await clock.advance(700);
  assert.equal(connections.at(-1), {
    phase: 'closed',
    cause: { kind: 'timeout', of: 'dial', silentFor: 700 },
    epoch: 1,
  });
  await clock.advance(250);
  assert.is(dialer.sinks.length, 2);
  session.destroy();
  await session.closed;
  assert.is(clock.pending, 0);
});

attempt('whose credentials take too long is followed by another one, and dials no more', async () => {
  const clock = testClock();
  const dialer = new PatientDialer();
  const waiting: ((value: string) => void)[] = [];
  const auth = (): Promise<string> => new Promise((resolve) => waiting.push(resolve));
  const session = connect(dialer, { clock, random: () => 1, auth, limits: { dialTimeout: 700 } });
  await clock.advance(1000);
  assert.equal([waiting.length, dialer.sinks.length], [2, 0]);
  waiting[0]!('late');
  await clock.settle();
  assert.is(dialer.sinks.length, 0);
  waiting[1]!('in time');
  await clock.settle();
  assert.is(dialer.sinks.length, 1);
  session.destroy();
  await session.closed;
  assert.is(clock.pending, 0);
});

for (const when of ['its credentials are fetched', 'it dials'] as const) {
  attempt(`that is called off while ${when} leaves nothing`, async () => {
    const clock = testClock();
    const dialer = new PatientDialer();
    const auth = when === 'it dials' ? undefined : (): Promise<never> => new Promise(() => {});
    const session = connect(dialer, { clock, auth });
    await clock.settle();
    session.destroy();
    assert.equal([await session.closed, clock.pending], [{ kind: 'destroyed' }, 0]);
  });
}

attempt('drops the link that comes after it was called off', async () => {
  const clock = testClock();
  const dialer = new PatientDialer();
  const session = connect(dialer, { clock });
  await clock.settle();
  const calls: string[] = [];
  session.destroy();
  dialer.sinks[0]!.open({
    info: { transport: 'patient' },
    write: () => (calls.push('write'), true),
    end: () => void calls.push('end'),
    abort: () => void calls.push('abort'),
  });
  assert.equal(calls, ['abort']);
  assert.equal([await session.closed, clock.pending], [{ kind: 'destroyed' }, 0]);
});

attempt('tells the session where it is, by the transport of this connection', async () => {
  const world = await VirtualWorld.start();
  const elsewhere: Dialer = { ...world.dialer, name: 'other', address: 'elsewhere' };
  const session = connect([elsewhere, world.dialer], { clock: world.clock, reconnect: { initial: 0 } });
  assert.equal(session.peer, { transport: 'other', address: 'elsewhere' });
  await world.clock.settle();
  assert.equal(session.peer, { transport: 'memory', address: 'memory' });
  session.destroy();
  await world.close();
});
attempt.run();
