import type { Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { tcp, tcpServer } from '@heartwire/transport-tcp';
import { ws, wsServer } from '@heartwire/transport-ws';
import { linkSinks } from '../../support/linked-sinks.ts';
import { RecordingSink } from '../../support/recording-sink.ts';

const tuning = suite('tuning a socket');

const KINDS = [
  {
    kind: 'tcp',
    listener: (tuneSocket: (socket: Socket) => void) => tcpServer({ port: 0, host: '127.0.0.1', tuneSocket }),
    dialer: (address: string, tuneSocket: (socket: Socket) => void) =>
      tcp({ host: '127.0.0.1', port: Number(new URL(address).port), tuneSocket }),
  },
  {
    kind: 'ws',
    listener: (tuneSocket: (socket: Socket) => void) => wsServer({ port: 0, host: '127.0.0.1', tuneSocket }),
    dialer: (address: string, tuneSocket: (socket: Socket) => void) => ws(address, { tuneSocket }),
  },
] as const;

for (const { kind, listener, dialer } of KINDS) {
  tuning(`sees each connected socket of ${kind} once, on both sides`, async () => {
    const dialed: Socket[] = [];
    const accepted: Socket[] = [];
    const { close } = await linkSinks(
      listener((socket) => accepted.push(socket)),
      (address) => dialer(address, (socket) => dialed.push(socket)),
    );
    assert.is(dialed.length, 1);
    assert.is(accepted.length, 1);
    assert.is(dialed[0]!.localPort, accepted[0]!.remotePort);
    await close();
  });

  tuning(`refuses a connection of ${kind} that cannot be tuned, and says why`, async () => {
    const accepted = new RecordingSink();
    const listening = await listener(() => {}).listen(() => accepted);
    const sink = new RecordingSink();
    const fails = (): never => {
      throw new Error('no such option');
    };
    dialer(listening.address, fails).dial(sink, new AbortController().signal);
    const cause = await sink.hasClosed();
    assert.is(cause.kind === 'refused' && cause.message, 'the option tuneSocket failed: no such option');
    await accepted.readHasEndedOrClosed();
    accepted.link.abort();
    await accepted.hasClosed();
    await listening.close();
  });

  tuning(`refuses a connection of ${kind} that the server cannot tune, and tells the server`, async () => {
    const accepted = new RecordingSink();
    const fails = (): never => {
      throw new Error('no such option');
    };
    const listening = await listener(fails).listen(() => accepted);
    const sink = new RecordingSink();
    dialer(listening.address, () => {}).dial(sink, new AbortController().signal);
    const cause = await accepted.hasClosed();
    assert.equal(accepted.calls, ['closed']);
    assert.is(cause.kind === 'refused' && cause.message, 'the option tuneSocket failed: no such option');
    if ((await sink.readHasEndedOrClosed()) === true) sink.link.abort();
    await sink.hasClosed();
    await listening.close();
  });
}

tuning.run();
