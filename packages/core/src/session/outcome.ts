/** How a message ends, in one place: what is known decides the outcome (promises P1, P4). */
import { DeliveryError } from '../errors/delivery-error.ts';
import type { ErrorCode } from '../errors/error-code.ts';
import { ERROR_CODES } from '../errors/error-code.ts';
import type { HeartwireError } from '../errors/heartwire-error.ts';
import type { OutgoingMessage, WithdrawalReason } from './outgoing-message.ts';

/** Proven: the application of the peer never saw it. */
export function notDelivered(message: OutgoingMessage, code: ErrorCode, detail: string): DeliveryError {
  return new DeliveryError(code, { by: 'local', outcome: 'not-delivered', lastStage: message.stage, detail });
}

/** The outbox is full; it was never accepted. */
export function overflowed(message: OutgoingMessage): DeliveryError {
  const detail = 'await writable() before you send more';
  return new DeliveryError('ERR_HW_OUTBOX_FULL', {
    by: 'local',
    outcome: 'overflow',
    lastStage: message.stage,
    detail,
  });
}

/** The peer said no. `data` is decoded by who knows the codec. */
export function refused(message: OutgoingMessage, code: string, data: unknown): DeliveryError {
  if (code === 'ERR_HW_CANCELLED') return withdrawn(message);
  if (code === 'ERR_HW_EXPIRED') return withdrawn(message, 'expired');
  if (code === 'ERR_HW_SESSION_CLOSED') return notDelivered(message, code, 'the peer was closing');
  const known = Object.hasOwn(ERROR_CODES, code) ? (code as ErrorCode) : 'ERR_HW_REFUSED';
  return new DeliveryError(known, {
    by: 'remote',
    outcome: 'refused',
    lastStage: message.stage,
    detail: known === 'ERR_HW_NO_HANDLER' ? `"${message.name}"` : known === 'ERR_HW_REFUSED' ? code : '',
    refusal: data === undefined ? { code } : { code, data },
  });
}

/** Proven: it was withdrawn before the peer had it, or before a handler of the peer saw it. */
export function withdrawn(
  message: OutgoingMessage,
  reason: WithdrawalReason = message.withdrawal ?? 'cancelled',
): DeliveryError {
  return new DeliveryError(CODES[reason], {
    by: 'local',
    outcome: reason === 'timeout' ? 'not-delivered' : reason,
    lastStage: message.stage,
    detail: reason === 'expired' ? 'no handler had begun when its time was up' : 'it was withdrawn in time',
  });
}

/** It was withdrawn, and nobody says whether that was in time. */
export function inDoubt(message: OutgoingMessage): DeliveryError {
  return new DeliveryError(CODES[message.withdrawal ?? 'timeout'], {
    by: 'transport',
    outcome: 'unknown',
    lastStage: message.stage,
    detail: 'the peer was asked and did not answer',
  });
}

const CODES: Readonly<Record<WithdrawalReason, ErrorCode>> = {
  timeout: 'ERR_HW_TIMEOUT',
  expired: 'ERR_HW_EXPIRED',
  cancelled: 'ERR_HW_CANCELLED',
};

/** The connection is gone: what was never whole on the wire is proven, the rest is in doubt. */
export function lost(message: OutgoingMessage, cause: HeartwireError | string): DeliveryError {
  const detail = typeof cause === 'string' ? cause : cause.message;
  return new DeliveryError('ERR_HW_CONNECTION_LOST', {
    by: 'transport',
    outcome: message.isWhollyWritten ? 'unknown' : 'not-delivered',
    lastStage: message.stage,
    detail,
  });
}
