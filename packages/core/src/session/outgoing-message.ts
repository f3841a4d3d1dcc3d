/** One message on its way out, from `send()` to its outcome. Everything that is known about it stands here. */
import type { DeliveryError, DeliveryStage } from '../errors/delivery-error.ts';

export type OutgoingKind = 'message' | 'request' | 'reply' | 'refusal';

export class OutgoingMessage {
  readonly kind: OutgoingKind;
  /** The type name; of a refusal, its code; empty for a reply. */
  readonly name: string;
  readonly payload: Uint8Array;
  /** For replies and refusals, the id of the request that they answer. */
  readonly request: number;
  /** The sequence id; 0 until the first write. */
  id: number = 0;
  stage: DeliveryStage = 'queued';
  /** Why it failed; set together with the stage `failed`. */
  error: DeliveryError | null = null;
  /** The answer to a request, in payload form; set together with the stage `handled`. */
  reply: Uint8Array | null = null;
  /** How much of the payload has been written. */
  writtenBytes: number = 0;
  isWhollyWritten: boolean = false;
  /** Its fate at the receiver has been acknowledged. For a request the answer may still be on its way. */
  isSettled: boolean = false;

  constructor(kind: OutgoingKind, name: string, payload: Uint8Array, request = 0) {
    this.kind = kind;
    this.name = name;
    this.payload = payload;
    this.request = request;
  }

  /** Whether the peer's window counts it (PROTOCOL.md §9, §10). */
  get isWindowed(): boolean {
    return this.kind === 'message' || this.kind === 'request';
  }

  get isDecided(): boolean {
    return this.stage === 'handled' || this.stage === 'failed';
  }
}
