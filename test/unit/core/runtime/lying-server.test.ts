/** A server that lies, or breaks its word: its client stays bounded, and says nothing that is not so. Promises P1, P16, P17, P18. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { connect, type ConnectOptions, type SessionEvent, type SessionState } from '@heartwire/core';
import { memoryNetwork, testClock, type TestClock } from '@heartwire/core/testing';
import { RawServer, type Greeter } from '../../../support/raw-server.ts';
import { rejectionOf, watch, type ClientSession } from '../../../support/virtual-world.ts';

interface Stage {
  readonly clock: TestClock;
  readonly server: RawServer;
  readonly client: ClientSession;
  readonly events: SessionEvent[];
  readonly states: SessionState[];
}

async function stage(greet: Greeter, options: ConnectOptions = {}): Promise<Stage> {
  const clock = testClock();
  const { dialer, listener } = memoryNetwork({ clock });
  const server = await RawServer.listen(listener, clock, greet);
  const client: ClientSession = connect(dialer, { clock, random: () => 0.5, ...options });
  const events = watch<SessionEvent>(client.events$);
  const states = watch<SessionState>(client.state$);
  await clock.settle();
  return { clock, server, client, events, states };
}

async function end({ clock, client }: Stage): Promise<void> {
  client.destroy();
  await clock.advance(2000);
  assert.is(clock.pending, 0, 'a timer is left');
}

const lying = suite('a client whose server lies');

// The pause was left out whatever had been asked for: as many connections a second as the machine could make.
lying('pauses longer and longer when it is told that there is no such session, and asked for none', async () => {
  const all = await stage((connection) => connection.reject({ code: 'ERR_HW_RESUME_UNKNOWN', message: '' }));
  await all.clock.advance(10_000);
  assert.ok(all.server.connections.length < 10, `${all.server.connections.length} connections`);
  await end(all);
});

lying.run();
