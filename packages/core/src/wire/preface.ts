/**
 * The five bytes that begin each direction: so a stranger is recognised at its first byte, and told apart by name.
 * PROTOCOL.md §4.
 */
import { HeartwireError } from '../errors/heartwire-error.ts';

export const FRAMING_VERSION = 1;
/** 0xf8 occurs in no UTF-8 text and begins neither HTTP, TLS nor SSH; the newline shows a text-mode translation. */
export const MAGIC: readonly number[] = [0xf8, 0x48, 0x57, 0x0a];
export const PREFACE: readonly number[] = [...MAGIC, FRAMING_VERSION];

/** Consumes the preface of the peer, byte by byte if it has to. */
export class PrefaceReader {
  #read = 0;

  get isComplete(): boolean {
    return this.#read === PREFACE.length;
  }

  /** Whether anything has arrived yet. */
  get hasBegun(): boolean {
    return this.#read > 0;
  }

  /** Takes what belongs to the preface from the front of `chunk` and returns the rest. Throws when it is no preface. */
  read(chunk: Uint8Array): Uint8Array {
    let taken = 0;
    while (!this.isComplete && taken < chunk.length) {
      const byte = chunk[taken]!;
      if (byte !== PREFACE[this.#read]) throw this.#refuse(byte, chunk.subarray(taken));
      taken += 1;
      this.#read += 1;
    }
    return taken === 0 ? chunk : chunk.subarray(taken);
  }

  #refuse(byte: number, seen: Uint8Array): HeartwireError {
    if (this.#read === MAGIC.length) {
      const detail = `the peer uses framing version ${byte}, this side ${FRAMING_VERSION}`;
      return new HeartwireError('ERR_HW_VERSION', { by: 'remote', detail });
    }
    return new HeartwireError('ERR_HW_PREFACE', { by: 'remote', detail: `it looks like ${describeStranger(seen)}` });
  }
}

const HTTP_METHODS = ['GET ', 'POST ', 'HEAD ', 'PUT ', 'OPTIONS ', 'CONNECT ', 'DELETE ', 'PATCH ', 'PRI * HTTP/2'];

/** What the first bytes of a connection that is not heartwire look like, in words. */
export function describeStranger(bytes: Uint8Array): string {
  const text = asciiStart(bytes);
  if (bytes[0] === 0x16 && bytes[1] === 0x03) return 'a TLS client hello (this port does not speak TLS)';
  if (bytes[0] === 0x15 && bytes[1] === 0x03) return 'a TLS alert (the other port may not speak TLS)';
  if (HTTP_METHODS.some((method) => text.startsWith(method))) return 'an HTTP request (is this the right port?)';
  if (text.startsWith('HTTP/')) return 'an HTTP response (is this the right port?)';
  if (text.startsWith('SSH-')) return 'an SSH greeting (is this the right port?)';
  if (text.length >= Math.min(bytes.length, 4)) return `text: "${text.slice(0, 24)}"`;
  return `other bytes: ${hex(bytes.subarray(0, 8))}`;
}

/** The printable ASCII at the beginning. */
function asciiStart(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes.subarray(0, 64)) {
    if (byte < 0x20 || byte > 0x7e) break;
    text += String.fromCharCode(byte);
  }
  return text;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
