// A TCP connection without heartwire: what a wrong peer says, and what it hears.
import { connect, type Socket } from 'node:net';
import { withDeadline } from '../support/with-deadline.ts';

const DEADLINE_MS = 10_000;

/** The preface, and a HELLO that speaks version 1 (PROTOCOL.md, Dialogues). */
export const PREFACE = 'f848570a01';
export const HELLO = '0a008300010101cd1a4e07';

const ERROR_HEAD = 3 << 3;
const REJECT_HEAD = 2 << 3;

/** Dials and collects what the server says. */
export class BareSocket {
  readonly #socket: Socket;
  readonly #ended: Promise<unknown>;
  #heard = Buffer.alloc(0);
  #onHeard = (): void => {};

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (chunk: Buffer) => {
      this.#heard = Buffer.concat([this.#heard, chunk]);
      this.#onHeard();
    });
    this.#ended = new Promise((resolve) => this.#socket.on('end', resolve).on('close', resolve).on('error', resolve));
  }

  /** Text, or bytes, or bytes in hexadecimal. */
  say(what: string | Uint8Array): void {
    this.#socket.write(typeof what === 'string' && /^([0-9a-f]{2})+$/.test(what) ? Buffer.from(what, 'hex') : what);
  }

  /** Ends our direction. */
  finish(): void {
    this.#socket.end();
  }

  async reset(): Promise<void> {
    // What was said arrives first.
    await new Promise<void>((resolve) => this.#socket.write('', () => resolve()));
    this.#socket.resetAndDestroy();
  }

  /** Resolves when so many bytes were heard. */
  async hear(byteLength: number): Promise<void> {
    const enough = new Promise<void>((resolve) => {
      this.#onHeard = () => this.#heard.length >= byteLength && resolve();
      this.#onHeard();
    });
    await withDeadline(DEADLINE_MS, enough, () => `${byteLength} bytes, after: ${this.#heard.toString('hex')}`);
  }

  /** All that was heard until the server ended its direction; then it is over. */
  async hearAll(): Promise<Buffer> {
    await withDeadline(DEADLINE_MS, this.#ended, () => `the end, after: ${this.#heard.toString('hex')}`);
    this.#socket.destroy();
    return this.#heard;
  }
}

/** The last frame that these bytes hold: `ERROR 3`, `REJECT`, or its head; null when there is none. Frames up to 16 KiB. */
export function lastFrame(bytes: Uint8Array): string | null {
  if (Buffer.from(bytes.subarray(0, 5)).toString('hex') !== PREFACE) return null;
  let last: string | null = null;
  for (let at = 5; at < bytes.length;) {
    const isShort = bytes[at]! < 64;
    const length = isShort ? bytes[at]! : ((bytes[at]! & 0x3f) << 8) | bytes[at + 1]!;
    at += isShort ? 1 : 2;
    const head = bytes[at]!;
    last = head === ERROR_HEAD ? `ERROR ${bytes[at + 1]}` : head === REJECT_HEAD ? 'REJECT' : `head ${head}`;
    at += length;
  }
  return last;
}
