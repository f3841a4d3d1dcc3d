/**
 * As much of WebSocket (RFC 6455) as a peer needs that writes binary messages and reads nothing, over a bare socket: what `ws` would do at the end of a
 * connection is not to be in the way.
 */
import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** Shake hands on a connected socket, as the server or as the client. Resolves with the number of bytes that it took to write. */
export async function shakeHands(socket: Socket, role: 'server' | 'client'): Promise<number> {
  if (role === 'server') return answer(socket, await readHead(socket));
  const request = [
    'GET / HTTP/1.1',
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Protocol: heartwire.1',
    `Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}`,
  ];
  const written = writeHead(socket, request);
  await readHead(socket);
  return written;
}

/** One binary message. A client's is masked, as it must be, with a mask that changes nothing. */
export function binaryMessage(payload: Buffer, role: 'server' | 'client'): Buffer {
  const head = Buffer.alloc(10);
  head.writeUInt8(0x82, 0);
  head.writeUInt8(127 | (role === 'client' ? 0x80 : 0), 1);
  head.writeBigUInt64BE(BigInt(payload.length), 2);
  return Buffer.concat([head, Buffer.alloc(role === 'client' ? 4 : 0), payload]);
}

function answer(socket: Socket, head: string): number {
  const key = /^sec-websocket-key: *(\S+)/im.exec(head)?.[1] ?? '';
  const accepted = createHash('sha1').update(`${key}${GUID}`).digest('base64');
  return writeHead(socket, [
    'HTTP/1.1 101 Switching Protocols',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Protocol: heartwire.1',
    `Sec-WebSocket-Accept: ${accepted}`,
  ]);
}

function writeHead(socket: Socket, lines: readonly string[]): number {
  const text = `${lines.join('\r\n')}\r\n\r\n`;
  socket.write(text);
  return Buffer.byteLength(text);
}

function readHead(socket: Socket): Promise<string> {
  return new Promise((done) => {
    let head = '';
    const listen = (chunk: Buffer): void => {
      head += chunk.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      socket.off('data', listen);
      done(head);
    };
    socket.on('data', listen);
  });
}
