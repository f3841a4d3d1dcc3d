// What is no heartwire gets a named error, and nobody else notices. The transports' own strangers are in wrong-peers.test.ts.
import type { CloseCause, Link, ServerEvent } from '@heartwire/core';
import * as assert from 'uvu/assert';
import type { ComplianceCases } from '../compliance-case.ts';
import { addressOf, type AnyServer, type Endpoints } from '../endpoints.ts';
import { gate, until, isRejection, type Rejection } from '../expectations.ts';

export const strangers: ComplianceCases = {
  async 'names a peer that does not speak heartwire, and serves the others'(endpoints) {
    const { server, client, peer } = await endpoints.pair();
    peer.handle('say', () => {});
    const { event } = await speak(endpoints, server, Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]));
    assert.is(event.cause.kind === 'protocol' && event.cause.error.code, 'ERR_HW_PREFACE');
    assert.is(event.cause.kind === 'protocol' && event.cause.error.by, 'remote');
    assert.is(event.type === 'rejected' && event.peer.transport, endpoints.target.name);
    assert.is(server.sessions.size, 1);
    await client.send('say', 'still here');
  },

  async 'ends a connection that stays silent'(endpoints) {
    const server = await endpoints.serve({ limits: { handshakeTimeout: 50 } });
    const { event } = await speak(endpoints, server, new Uint8Array(0));
    assert.is(event.cause.kind === 'timeout' && event.cause.of, 'handshake');
  },

  // So balancers look, every few seconds, whether somebody is there.
  async 'forgets a connection that goes away without a word, and does not tell of it'(endpoints) {
    const { server, client } = await endpoints.pair();
    const events: ServerEvent[] = [];
    server.events$.subscribe((event) => events.push(event));
    for (const leave of ['end', 'abort'] as const) {
      const { link, closed } = await dial(endpoints, server);
      link[leave]();
      await closed;
      // What is sent later on the same machine is read later: then the server has seen the other one go.
      await client.ping();
      await client.ping();
    }
    assert.is(server.sessions.size, 1);
    await client.close();
    await server.close();
    assert.equal(events, []);
  },
};

/** Sends `bytes` over a bare connection and waits until both sides have ended it. */
async function speak(endpoints: Endpoints, server: AnyServer, bytes: Uint8Array): Promise<{ event: Rejection }> {
  const rejected = until(server.events$, isRejection);
  const { link, closed } = await dial(endpoints, server);
  if (bytes.length > 0) link.write(bytes);
  const event = await rejected;
  await closed;
  return { event };
}

/** A connection without heartwire. */
async function dial(endpoints: Endpoints, server: AnyServer): Promise<{ link: Link; closed: Promise<void> }> {
  const over = gate();
  const link = await new Promise<Link>((resolve, reject) => {
    let opened: Link | null = null;
    endpoints.target.dialer(addressOf(server)).dial(
      {
        open: (it) => resolve((opened = it)),
        bytes: () => {},
        drained: () => {},
        readEnded: () => opened?.end(),
        closed: (cause: CloseCause) => {
          over.open();
          reject(new Error(`the dial failed: ${cause.kind}`));
        },
      },
      new AbortController().signal,
    );
  });
  return { link, closed: over.opened };
}
