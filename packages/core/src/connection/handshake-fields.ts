/** The map of one handshake frame: integer keys and values, and each field is checked as it is taken. PROTOCOL.md §6. */
import { HeartwireError } from '../errors/heartwire-error.ts';
import { decodeIntegerMap } from '../wire/msgpack-codec.ts';
import { encodeText } from '../wire/text.ts';
import { FIRST_IGNORABLE_KEY, HandshakeKey } from './handshake-key.ts';

export const TOKEN_BYTES = 32;

export class HandshakeFields {
  readonly #map: Map<number | bigint, unknown>;
  readonly #frame: string;

  constructor(body: Uint8Array, frame: string) {
    this.#frame = frame;
    try {
      this.#map = decodeIntegerMap(body);
    } catch (cause) {
      throw this.#malformed('the body is not one plain MessagePack map', cause);
    }
  }

  has(name: HandshakeKey): boolean {
    return (this.#map.get(HandshakeKey[name]) ?? null) !== null;
  }

  integer(name: HandshakeKey, missing: number | undefined, min: number, max: number): number {
    const value = this.#take(name) ?? missing;
    const number = typeof value === 'bigint' ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isInteger(number) || number < min || number > max) {
      throw this.#malformed(`${name} must be an integer from ${min} to ${max}`);
    }
    return number;
  }

  text(name: HandshakeKey, missing: string | undefined, minBytes: number, maxBytes: number): string {
    const value = this.#take(name) ?? missing;
    const size = typeof value === 'string' ? encodeText(value).length : -1;
    if (typeof value !== 'string' || size < minBytes || size > maxBytes) {
      throw this.#malformed(`${name} must be a string of ${minBytes} to ${maxBytes} bytes`);
    }
    return value;
  }

  binary(name: HandshakeKey): Uint8Array | null {
    const value = this.#take(name) ?? null;
    if (value !== null && !(value instanceof Uint8Array)) throw this.#malformed(`${name} must be binary`);
    return value;
  }

  token(): Uint8Array {
    const token = this.binary('token');
    if (token?.length !== TOKEN_BYTES) throw this.#malformed(`token must be ${TOKEN_BYTES} bytes`);
    return token;
  }

  /** Whatever was not taken is unknown here: refuse the critical, ignore the rest. */
  expectNoCriticalLeft(): void {
    for (const key of this.#map.keys()) {
      if (key < FIRST_IGNORABLE_KEY) {
        const detail = `${this.#frame} has the critical key ${key}, which this side does not know`;
        throw new HeartwireError('ERR_HW_VERSION', { by: 'remote', detail });
      }
    }
  }

  #take(name: HandshakeKey): unknown {
    const key = HandshakeKey[name];
    const value = this.#map.get(key);
    this.#map.delete(key);
    return value;
  }

  #malformed(detail: string, cause?: unknown): HeartwireError {
    return new HeartwireError('ERR_HW_MALFORMED_FRAME', { by: 'remote', detail: `${this.#frame}: ${detail}`, cause });
  }
}
