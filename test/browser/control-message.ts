/**
 * What the page and Node tell each other about links that one of them uses and the other one has.
 *
 * JSON in text messages; the bytes of a link in binary messages, behind the number of the link.
 */
import { HeartwireError, type CloseCause, type ErrorCode, type ErrorOrigin, type LinkInfo } from '@heartwire/core';

/** From Node to the page. */
export type FromHost =
  | { readonly type: 'listening'; readonly address: string }
  | { readonly type: 'stopped' }
  | { readonly type: 'open'; readonly id: number; readonly info: LinkInfo }
  /** So many bytes are no longer waiting. */
  | { readonly type: 'written'; readonly id: number; readonly byteLength: number }
  | { readonly type: 'readEnded'; readonly id: number }
  | { readonly type: 'closed'; readonly id: number; readonly cause: PlainCause };

/** From the page to Node. */
export type FromPage =
  | { readonly type: 'listen' }
  | { readonly type: 'stop' }
  | { readonly type: 'end'; readonly id: number }
  | { readonly type: 'abort'; readonly id: number };

/** A cause without its error object. */
type PlainCause = Record<string, unknown>;

const ID_BYTES = 4;

export function packBytes(id: number, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const packed = new Uint8Array(ID_BYTES + bytes.length);
  new DataView(packed.buffer).setUint32(0, id);
  packed.set(bytes, ID_BYTES);
  return packed;
}

export function unpackBytes(packed: Uint8Array): { id: number; bytes: Uint8Array } {
  const id = new DataView(packed.buffer, packed.byteOffset).getUint32(0);
  return { id, bytes: packed.slice(ID_BYTES) };
}

export function packCause(cause: CloseCause): PlainCause {
  if (cause.kind !== 'protocol') return { ...cause };
  const { code, by, message } = cause.error;
  return { ...cause, error: { code, by, message } };
}

export function unpackCause(cause: PlainCause): CloseCause {
  if (cause['kind'] !== 'protocol') return cause as unknown as CloseCause;
  const { code, by, message } = cause['error'] as { code: ErrorCode; by: ErrorOrigin; message: string };
  return { ...cause, kind: 'protocol', error: new HeartwireError(code, { by, detail: message }) };
}
