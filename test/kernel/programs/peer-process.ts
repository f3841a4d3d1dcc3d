/**
 * The other side: a heartwire server, whose sockets obey the test below heartwire's back.
 *
 * So the protocol is spoken as it should be until the fault, and the fault itself is done by the same system calls as in life.
 */
import { closeSync, openSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { serve, type AnySession, type Listener } from '@heartwire/core';
import { tcpServer } from '@heartwire/transport-tcp';
import { wsServer } from '@heartwire/transport-ws';
import { narrate } from './narrate.ts';
import { listenPlainly, type Place } from './plain-peer.ts';
import { speak } from './speak.ts';
import type { PeerCommand, Report } from './word.ts';

type ListenCommand = Extract<PeerCommand, { do: 'listen' }>;

speak<PeerCommand>((report) => {
  const sockets = new Map<Socket, Socket>();
  const sessions = new Set<AnySession>();
  let place: Place | undefined;
  return async (command) => {
    switch (command.do) {
      case 'listen':
        place = await (command.as === undefined
          ? listen(command, sockets, sessions, report)
          : listenPlainly(command, command.as));
        return report({ say: 'listening', address: place.address });
      case 'leave':
        return place?.close();
      case 'exit':
        return process.exit();
      case 'crash':
        return crash();
      case 'settle':
        return settle(sessions);
      case 'busy':
        return busy(command.ms);
      case 'send':
        for (const session of sessions) send(session, command);
        // Until it has been written: it leaves at the end of the turn.
        return new Promise((done) => setImmediate(done));
      case 'end':
      case 'close':
      case 'destroy':
        for (const session of sessions) act(session, command.do);
        return;
      default:
        for (const [socket, raw] of sockets) actBelow(socket, raw, command);
    }
  };
});

async function listen(
  command: ListenCommand,
  sockets: Map<Socket, Socket>,
  sessions: Set<AnySession>,
  report: (report: Report) => void,
): Promise<Place> {
  let count = 0;
  const tuneSocket = (socket: Socket): void => {
    sockets.set(socket, rawSocketOf(socket));
    socket.once('close', () => sockets.delete(socket));
  };
  const server = await serve(listenerFor(command, tuneSocket), {
    heartbeat: command.heartbeat,
    resume: false,
    session: (session) => {
      count += 1;
      sessions.add(session);
      void session.closed.then(() => sessions.delete(session));
      narrate(session, `peer-${count}`, report);
    },
  });
  return {
    address: server.addresses[0]!,
    close: async () => {
      for (const session of sessions) session.destroy();
      // Sockets that were stopped would never find out.
      for (const [socket, raw] of sockets) {
        socket.destroy();
        raw.destroy();
      }
      await server.close();
      await Promise.all([...sessions].map((session) => session.closed));
    },
  };
}

function listenerFor(command: ListenCommand, tuneSocket: (socket: Socket) => void): Listener {
  const { transport, host, path } = command;
  const tls = command.tls as TlsOptions;
  if (transport === 'unix') return tcpServer({ path, tuneSocket });
  if (transport === 'tcp') return tcpServer({ port: 0, host, tuneSocket });
  if (transport === 'tls') return tcpServer({ port: 0, host, tls, tuneSocket });
  return wsServer({ port: 0, host, tuneSocket, ...(transport === 'wss' ? { tls } : {}) });
}

/** What most faults are done to: on TLS the TCP socket below, which can be reset; the TLS socket has it as its parent. */
function rawSocketOf(socket: Socket): Socket {
  return (socket as unknown as Readonly<Record<'_parent', Socket | null | undefined>>)['_parent'] ?? socket;
}

function act(session: AnySession, what: 'end' | 'close' | 'destroy'): void {
  if (what === 'destroy') session.destroy();
  else void (what === 'end' ? session.end() : session.close({ timeout: 1000 })).catch(() => {});
}

type BelowCommand = Extract<
  PeerCommand,
  {
    do:
      | 'fin'
      | 'reset'
      | 'destroy-socket'
      | 'stop-reading'
      | 'go-on-reading'
      | 'write'
      | 'write-secured'
      | 'write-close';
  }
>;

function actBelow(socket: Socket, raw: Socket, command: BelowCommand): void {
  switch (command.do) {
    case 'fin':
      raw.end();
      break;
    case 'reset':
      raw.resetAndDestroy();
      break;
    case 'destroy-socket':
      raw.destroy();
      break;
    case 'stop-reading':
      socket.pause();
      break;
    case 'go-on-reading':
      socket.resume();
      break;
    case 'write':
      raw.write(Buffer.from(command.base64, 'base64'));
      break;
    case 'write-secured':
      socket.write(Buffer.from(command.base64, 'base64'));
      break;
    case 'write-close':
      // Or the machinery of the WebSocket, which knows nothing of it, would say the same again.
      socket.removeAllListeners('data').once('data', () => socket.end());
      socket.write(Buffer.from(command.base64, 'base64'));
      break;
  }
}

function send(session: AnySession, { count, bytes }: { count: number; bytes: number }): void {
  for (let index = 0; index < count; index += 1) session.send('say', 'x'.repeat(bytes)).catch(() => {});
}

/** Nobody wants to read what Node writes about it. */
function crash(): void {
  closeSync(2);
  openSync('/dev/null', 'w');
  process.removeAllListeners('uncaughtException');
  setImmediate(() => {
    throw new Error('a crash');
  });
}

/** The confirmation of the message is acknowledged, too: whatever was written before a ping has been read when its answer comes. */
async function settle(sessions: Set<AnySession>): Promise<void> {
  await Promise.all([...sessions].map((session) => session.send('say', '')));
  await Promise.all([...sessions].map((session) => session.ping()));
}

function busy(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}
