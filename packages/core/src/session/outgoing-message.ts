/** One message on its way out, from `send()` to its outcome. Everything that is known about it stands here. */
import type { DeliveryError, DeliveryStage } from '../errors/delivery-error.ts';

export type OutgoingKind = 'message' | 'request' | 'reply' | 'refusal';

/** `timeout`: nobody waits any longer; `expired`: it would come too late; `cancelled`: its sender says so. */
export type WithdrawalReason = 'timeout' | 'expired' | 'cancelled';

/** A payload that many messages carry. */
export interface SharedBytes {
  /** One of them is kept. */
  hold(): void;
  /** It is kept no more. */
  release(): void;
}

export class OutgoingMessage {
  readonly kind: OutgoingKind;
  /** The type name; of a refusal, its code; empty for a reply. */
  readonly name: string;
  /** Let go of when the peer has received it; `size` stays. */
  payload: Uint8Array;
  /** Bytes of the payload. */
  readonly size: number;
  /** For replies and refusals, the id of the request that they answer. */
  readonly request: number;
  /** The sequence id; 0 until the first write. */
  id: number = 0;
  stage: DeliveryStage = 'queued';
  /** Why it failed; set together with the stage `failed`. */
  error: DeliveryError | null = null;
  /** When it was given to the session. */
  acceptedAtMs: number = 0;
  /** When it is to be withdrawn if its fate is still open, and why. */
  limitAtMs: number = Infinity;
  limitReason: WithdrawalReason = 'timeout';
  /** No handler of the peer may begin it later than that. */
  expiresAtMs: number = Infinity;
  /** Why its sender does not want it any more; null while it does. */
  withdrawal: WithdrawalReason | null = null;
  /** The answer to a request, in payload form; set together with the stage `handled`. */
  reply: Uint8Array | null = null;
  /** How much of the payload has been written. */
  writtenBytes: number = 0;
  isWhollyWritten: boolean = false;
  /** How often its first byte has been written: once, and again on each connection that goes on before it was received. */
  attempts: number = 0;
  /** Which connection of the session it was first written to; 0 before that. */
  firstEpoch: number = 0;
  /** What is known of it last was told by another connection than that one. */
  isResumed: boolean = false;
  /** The digest of everything up to and including this message; set when it is wholly written. */
  digest: number = 0;
  /** The peer does not have it and never will; only its id is still owed. */
  isVoid: boolean = false;
  /** Who counts its payload, when others carry the same; null when it is its own. */
  shared: SharedBytes | null = null;
  /** Whether its payload is counted at present; see held-bytes.ts. */
  isHeld: boolean = false;
  /** Its fate at the receiver has been acknowledged. For a request the answer may still be on its way. */
  isSettled: boolean = false;

  constructor(kind: OutgoingKind, name: string, payload: Uint8Array, request = 0) {
    this.kind = kind;
    this.name = name;
    this.payload = payload;
    this.size = payload.length;
    this.request = request;
  }

  /** Whether the peer's window counts it (PROTOCOL.md §9, §10). */
  get isWindowed(): boolean {
    return this.kind === 'message' || this.kind === 'request';
  }

  /** Whether anybody still waits for its fate, so that it may be withdrawn when its time is up. */
  get isAwaited(): boolean {
    return true;
  }

  /** What goes out under its id: nothing, when it was withdrawn before the peer had it. */
  get wireKind(): OutgoingKind | 'void' {
    return this.isVoid ? 'void' : this.kind;
  }

  get isDecided(): boolean {
    return this.stage === 'handled' || this.stage === 'failed';
  }
}
