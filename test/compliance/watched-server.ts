/**
 * A server for wrong peers to meet, and a bystander: a session that sends one message after the other all the while, and
 * must get every one of them confirmed.
 */
import { connect, serve, type CloseCause, type Dialer, type Listener, type Session } from '@heartwire/core';
import * as assert from 'uvu/assert';
import { isRejection } from './expectations.ts';
import { withDeadline } from '../support/with-deadline.ts';

/** Short, so that silence is found out soon; long enough for the handshake of a bystander on a busy machine. */
const SHORT_PATIENCE_MS = 500;
const DEADLINE_MS = 10_000;
const BYSTANDER = 'the bystander';

/** The server as a wrong peer finds it. */
export interface WatchedServer {
  readonly port: number;
  /** Why the next connection ended that was not the bystander's. */
  nextEnd(): Promise<CloseCause>;
}

export interface WatchOptions {
  readonly listener: Listener;
  readonly dialerFor: (address: string) => Dialer;
  /** Whether silence is to be found out soon. */
  readonly isImpatient: boolean;
}

/** Runs `meet` against a server, then ends everything. Throws when the bystander was disturbed. */
export async function withWatchedServer(
  { listener, dialerFor, isImpatient }: WatchOptions,
  meet: (server: WatchedServer) => Promise<void>,
): Promise<void> {
  let tell: (cause: CloseCause) => void = () => {};
  const server = await serve(listener, {
    limits: isImpatient ? { handshakeTimeout: SHORT_PATIENCE_MS, frameTimeout: SHORT_PATIENCE_MS } : {},
    session(session) {
      session.handle('say', () => {});
      if (session.peer.name !== BYSTANDER) void session.closed.then((cause) => tell(cause));
    },
  });
  server.events$.subscribe((event) => isRejection(event) && tell(event.cause));
  const address = server.addresses[0]!;
  const bystander = connect(dialerFor(address), { name: BYSTANDER, reconnect: false });
  const stop = await keepTalking(bystander);
  const nextEnd = (): Promise<CloseCause> => {
    const end = new Promise<CloseCause>((resolve) => (tell = resolve));
    return withDeadline(DEADLINE_MS, end, 'the end of the wrong peer');
  };
  try {
    await meet({ port: Number(new URL(address).port), nextEnd });
    assert.ok((await stop()) > 0);
    assert.is(bystander.state$.value.status, 'open');
  } finally {
    await stop();
    bystander.destroy();
    await server.close({ timeout: 0 });
  }
}

/** A cause in a few words, for comparison. */
export function summaryOf(cause: CloseCause): string {
  if (cause.kind === 'protocol') return `${cause.error.code} by ${cause.error.by}`;
  if (cause.kind === 'timeout') return `timeout of ${cause.of}`;
  if (cause.kind === 'refused') return `refused by ${cause.by}: ${cause.code}`;
  return cause.kind;
}

/** Sends until it is told to stop, and then says how many messages were confirmed meanwhile. Rejects when one was not. */
async function keepTalking(session: Session): Promise<() => Promise<number>> {
  const stop = new AbortController();
  let confirmed = 0;
  await session.send('say', 'the first');
  const talk = (async () => {
    while (!stop.signal.aborted) {
      await session.send('say', 'still here?');
      confirmed += 1;
      // Others run on this machine, too.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return confirmed;
  })();
  talk.catch(() => {});
  return () => {
    stop.abort();
    return talk;
  };
}
