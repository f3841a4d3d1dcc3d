import { once } from 'node:events';
import { wsServer } from '@heartwire/transport-ws';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket } from 'ws';
import { RecordingSink } from '../../support/recording-sink.ts';
import { withDeadline } from '../../support/with-deadline.ts';

const DEADLINE_MS = 5000;
const NOTHING_ASKED = ['', '0', '1', '2', 'hello', '9'.repeat(125)];
const answering = suite('the endpoint of a WebSocket');

// It was taken for the answer, so a peer or a proxy that sends pongs by itself was stalled where it was suspect.
answering('answers a ping with its payload; a pong that nobody asked for is none', async () => {
  const { sink, peer, close } = await meet();
  const heard = async (pongs: readonly (string | Buffer)[]): Promise<number> => {
    const before = sink.calls.filter((call) => call === 'pong').length;
    for (const pong of pongs) peer.pong(pong);
    await mark(sink, peer);
    return sink.calls.filter((call) => call === 'pong').length - before;
  };
  assert.is(await heard(NOTHING_ASKED), 0, 'before anything was asked');
  const first = await ask(sink, peer);
  assert.is(await heard(['', 'hello', '2', '-1', 'NaN']), 0);
  assert.is(await heard([first, first]), 1, 'said once');
  await ask(sink, peer);
  const last = await ask(sink, peer);
  assert.is(await heard([last]), 1, 'of several the last may be answered');
  assert.is(await heard([first, last]), 0, 'older ones after it say nothing');
  await close();
});
answering.run();

interface Meeting {
  readonly sink: RecordingSink;
  /** Answers nothing by itself. */
  readonly peer: WebSocket;
  readonly close: () => Promise<void>;
}

async function meet(): Promise<Meeting> {
  const sink = new RecordingSink();
  const listening = await wsServer({ port: 0, host: '127.0.0.1' }).listen(() => sink);
  const peer = new WebSocket(listening.address, ['heartwire.1'], { autoPong: false });
  await withDeadline(DEADLINE_MS, once(peer, 'open'), 'the connection');
  await mark(sink, peer);
  const close = async (): Promise<void> => {
    peer.terminate();
    await sink.hasClosed();
    await listening.close();
  };
  return { sink, peer, close };
}

async function ask(sink: RecordingSink, peer: WebSocket): Promise<Buffer> {
  const pinged = once(peer, 'ping');
  sink.link.ping!();
  const [payload] = (await withDeadline(DEADLINE_MS, pinged, 'a ping')) as [Buffer];
  return payload;
}

/** What was sent before has been read. */
async function mark(sink: RecordingSink, peer: WebSocket): Promise<void> {
  const length = sink.byteLength + 1;
  peer.send(Buffer.of(0));
  await sink.arrived(length);
}
