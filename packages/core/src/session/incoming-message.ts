import type { ErrorCode } from '../errors/error-code.ts';
import type { Lane } from './lane.ts';

/** One message or request of the peer, whole and in order, on its way to a handler. */
export class IncomingMessage {
  /** The session that it came with. Another may have taken its place since; then nobody waits for its fate. */
  readonly sessionId: string;
  readonly id: number;
  readonly isRequest: boolean;
  readonly name: string;
  payload: Uint8Array;
  isSettled: boolean = false;
  /** From then on no handler may begin it, in milliseconds of our own clock. */
  expiresAtMs: number = Infinity;
  /** Whoever consumes it has it in hand: its fate is what the application makes of it. */
  isBegun: boolean = false;
  /** Called when the peer does not want it any more; set by whoever handles it and wants to know. */
  onWithdrawn: ((code: ErrorCode) => void) | null = null;
  /** Why the peer does not want it any more; null while it does. */
  withdrawnBy: ErrorCode | null = null;
  /** The lane that it runs in; null before it starts and after it ends. */
  lane: Lane<IncomingMessage> | null = null;
  /** The lane that it waits in. */
  waitsIn: Lane<IncomingMessage> | null = null;

  constructor(sessionId: string, id: number, isRequest: boolean, name: string, payload: Uint8Array) {
    this.sessionId = sessionId;
    this.id = id;
    this.isRequest = isRequest;
    this.name = name;
    this.payload = payload;
  }

  get isDecided(): boolean {
    return this.isSettled;
  }

  /** The peer does not want it any more, and it is begun: whoever handles it is told, once. */
  withdraw(code: ErrorCode): void {
    if (this.withdrawnBy !== null) return;
    this.withdrawnBy = code;
    this.onWithdrawn?.(code);
  }

  /** It has to wait: from now on it holds its own bytes and not a view of all that the transport read with them. */
  keep(): void {
    // One that was put together from chunks is its own already.
    if (this.payload.length < this.payload.buffer.byteLength) this.payload = this.payload.slice();
  }
}
