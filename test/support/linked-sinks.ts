/** A listener, a dialer and one connection between them, each end with a recording sink. */
import type { Dialer, LinkInfo, Listener, Listening } from '@heartwire/core/transport';
import { RecordingSink } from './recording-sink.ts';
import { withDeadline } from './with-deadline.ts';

/** Both ends of one open connection. */
export interface LinkedSinks {
  readonly client: RecordingSink;
  readonly server: RecordingSink;
  /** What the listener said of the connection. */
  readonly info: LinkInfo;
  readonly listening: Listening;
  /** Aborts what is still open, waits until it is closed, checks the order of all calls, and stops listening. */
  close(): Promise<void>;
}

/** Listen, dial what `dialerFor` makes of the address, and wait until both ends are open. */
export async function linkSinks(listener: Listener, dialerFor: (address: string) => Dialer): Promise<LinkedSinks> {
  const server = new RecordingSink();
  const client = new RecordingSink();
  let info: LinkInfo | undefined;
  const listening = await listener.listen((accepted) => {
    info = accepted;
    return server;
  });
  dialerFor(listening.address).dial(client, new AbortController().signal);
  await Promise.race([client.opened(), rejectWhenClosed(client)]);
  await server.opened();
  return {
    client,
    server,
    info: info as unknown as LinkInfo,
    listening,
    close: async () => {
      for (const end of [client, server]) if (end.cause === undefined) end.link.abort();
      await Promise.all([client.hasClosed(), server.hasClosed()]);
      await withDeadline(5_000, listening.close(), 'the listener to close');
    },
  };
}

/** Dial and wait for the cause of the failure. The sink must have heard of nothing but that. */
export async function failToDial(dialer: Dialer, signal?: AbortSignal): Promise<NonNullable<RecordingSink['cause']>> {
  const sink = new RecordingSink();
  dialer.dial(sink, signal ?? new AbortController().signal);
  if (sink.calls.length > 0) throw new Error('dial called its sink before it returned');
  const cause = await sink.hasClosed();
  if (sink.calls.join() !== 'closed') throw new Error(`the dial did not fail: ${sink.calls.join(' ')}`);
  return cause;
}

async function rejectWhenClosed(sink: RecordingSink): Promise<never> {
  const cause = await sink.hasClosed();
  throw new Error(`the dial failed: ${JSON.stringify(cause)}`);
}
