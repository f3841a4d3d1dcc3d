/** Frames of WebSocket as they travel from a server: not masked (RFC 6455 §5.2). In base64, as the peer is told them. */

const FIN = 0x80;
const CLOSE = 0x8;

/** A frame with these first byte and payload. */
export function frame(first: number, payload: Uint8Array): string {
  return Buffer.concat([Buffer.from([first, payload.length]), payload]).toString('base64');
}

/** A close frame with this code. */
export function closeFrame(code: number, reason = ''): string {
  const payload = Buffer.alloc(2 + Buffer.byteLength(reason));
  payload.writeUInt16BE(code, 0);
  payload.write(reason, 2);
  return frame(FIN | CLOSE, payload);
}

/** The head of a binary message of so many bytes, which need not follow. */
export function headOfBinary(bytes: number): string {
  const head = Buffer.from([FIN | 0x2, 127, 0, 0, 0, 0, 0, 0, 0, 0]);
  head.writeBigUInt64BE(BigInt(bytes), 2);
  return head.toString('base64');
}
