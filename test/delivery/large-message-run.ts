/**
 * One large message on its way to a slow reader, and what both sides notice of each other meanwhile (promises P11, P12, P17).
 *
 * The sender is a process of its own; the reader is here, behind a proxy that lets only so much through.
 */
import { connect } from '@heartwire/core';
import { tcp } from '@heartwire/transport-tcp';
import { ws } from '@heartwire/transport-ws';
import { bundleProgram, kill, nextMessage } from './child-program.ts';
import { CONTROL_NAME, optionsFor } from './large-message-limits.ts';
import type { SenderReport } from './large-sender.ts';
import { percentile } from './percentile.ts';
import { PingSeries, Probe, type ProbeResult } from './probe.ts';
import { portOf, through } from './proxy.ts';
import { startThrottlingProxy } from './throttling-proxy.ts';

export interface LargeMessageOptions {
  readonly transport: 'tcp' | 'ws';
  readonly messageBytes: number;
  readonly bytesPerSecond: number;
  readonly deadlineMs: number;
}

export interface LargeMessageResult {
  readonly sender: SenderReport;
  readonly reader: ProbeResult;
  readonly receivedBytes: number;
  /** Small messages of the reader, while the large one was under way: how many, and the 99th percentile of the time to handled. */
  readonly notes: number;
  readonly noteP99Ms: number;
  /** Pings over another connection of the same two processes, which carries nothing: what the machine itself adds. */
  readonly control: PingTimes;
}

export interface PingTimes {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const NOTE_EACH_MS = 20;

export async function runLargeMessage(options: LargeMessageOptions): Promise<LargeMessageResult> {
  const { transport, messageBytes, bytesPerSecond, deadlineMs } = options;
  const bundle = await bundleProgram('large-sender');
  const child = bundle.start([transport, String(messageBytes)]);
  const address = await nextMessage<string>(child);
  const proxy = await startThrottlingProxy(portOf(address), bytesPerSecond);
  const dialer = (transport === 'ws' ? ws : tcp)(through(proxy, address));
  const control = connect((transport === 'ws' ? ws : tcp)(address), { name: CONTROL_NAME });
  const client = connect(dialer, optionsFor(messageBytes));
  let receivedBytes = 0;
  client.handle('file', (data) => {
    receivedBytes = (data as Uint8Array).length;
  });
  try {
    const probe = new Probe(client);
    await Promise.all([client.ready, control.ready]);
    child.send('send');
    await nextMessage(child, deadlineMs);
    const idle = new PingSeries(control);
    const stop = probe.start();
    const notesMs: number[] = [];
    const notes = setInterval(() => {
      client.send('note', {}).then(
        ({ elapsed }) => notesMs.push(elapsed),
        () => {},
      );
    }, NOTE_EACH_MS);
    const sender = await nextMessage<SenderReport>(child, deadlineMs);
    clearInterval(notes);
    const reader = await stop();
    await idle.stop();
    const times = { p50Ms: percentile(idle.elapsedMs, 0.5), p99Ms: percentile(idle.elapsedMs, 0.99) };
    const noteP99Ms = percentile(notesMs, 0.99);
    return { sender, reader, receivedBytes, notes: notesMs.length, noteP99Ms, control: times };
  } finally {
    client.destroy();
    control.destroy();
    await kill(child);
    await proxy.close();
    bundle.remove();
  }
}
