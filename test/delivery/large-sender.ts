/**
 * A server that sends one large message to the client that comes, when its parent says so, and tells what it noticed meanwhile. Arguments: the
 * transport, and how many bytes.
 */
import { serve, type AnySession } from '@heartwire/core';
import { tcpServer } from '@heartwire/transport-tcp';
import { wsServer } from '@heartwire/transport-ws';
import { CONTROL_NAME, optionsFor } from './large-message-limits.ts';
import { Probe, type ProbeResult } from './probe.ts';

export interface SenderReport {
  readonly probe: ProbeResult;
  readonly outcome: string;
  readonly elapsedMs: number;
}

const [transport, size] = process.argv.slice(2);
const bytes = Number(size);
const where = { port: 0, host: '127.0.0.1' };
const server = await serve(transport === 'ws' ? wsServer(where) : tcpServer(where), {
  ...optionsFor(bytes),
  session(session: AnySession) {
    if (session.peer.name === CONTROL_NAME) return;
    const probe = new Probe(session);
    session.handle('note', () => {});
    process.once('message', () => void sendTo(session, probe));
  },
});
process.on('disconnect', () => process.exit());
process.send!(server.addresses[0]);

async function sendTo(session: AnySession, probe: Probe): Promise<void> {
  const startedAtMs = performance.now();
  // It is encoded here and now, and this process does nothing else meanwhile.
  const delivery = session.send('file', new Uint8Array(bytes).fill(7));
  const stop = probe.start();
  process.send!('under way');
  let outcome = 'handled';
  try {
    await delivery;
  } catch (error) {
    outcome = String(error);
  }
  const elapsedMs = performance.now() - startedAtMs;
  process.send!({ probe: await stop(), outcome, elapsedMs } satisfies SenderReport);
}
