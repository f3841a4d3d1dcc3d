/** What became of a message of the peer, and how the peer learns it. PROTOCOL.md §7, §9. */
import type { IncomingMessage } from './incoming-message.ts';
import { OutgoingMessage } from './outgoing-message.ts';

/** `payload` of a handled request is its answer; `data` of a refusal is empty when there is none. */
export type Verdict =
  | { readonly kind: 'handled'; readonly payload: Uint8Array | null }
  | { readonly kind: 'refused'; readonly code: string; readonly data: Uint8Array };

const EMPTY = new Uint8Array(0);
const UNSEEN: ReadonlySet<string> = new Set(['ERR_HW_NO_HANDLER', 'ERR_HW_EXPIRED']);

/** Its time was up before a handler could begin. */
export const EXPIRED: Verdict = { kind: 'refused', code: 'ERR_HW_EXPIRED', data: EMPTY };

/** Refused before the application saw it: then the acknowledgement alone says so, also of a request. */
export function isUnseen(verdict: Verdict): boolean {
  return verdict.kind === 'refused' && UNSEEN.has(verdict.code);
}

/** The frame that answers a request. */
export function answerTo(request: IncomingMessage, verdict: Verdict): OutgoingMessage {
  if (verdict.kind === 'handled') return new OutgoingMessage('reply', '', verdict.payload ?? EMPTY, request.id);
  return new OutgoingMessage('refusal', verdict.code, verdict.data, request.id);
}
