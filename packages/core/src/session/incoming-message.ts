import type { Lane } from './lane.ts';

/** One message or request of the peer, whole and in order, on its way to a handler. */
export class IncomingMessage {
  readonly id: number;
  readonly isRequest: boolean;
  readonly name: string;
  payload: Uint8Array;
  isSettled: boolean = false;
  /** The lane that it runs in; null before it starts and after it ends. */
  lane: Lane<IncomingMessage> | null = null;

  constructor(id: number, isRequest: boolean, name: string, payload: Uint8Array) {
    this.id = id;
    this.isRequest = isRequest;
    this.name = name;
    this.payload = payload;
  }

  /** It has to wait: from now on it holds its own bytes and not a view of all that the transport read with them. */
  keep(): void {
    this.payload = this.payload.slice();
  }
}
