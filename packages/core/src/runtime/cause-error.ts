/** Causes in words, and as errors for those who wait for a session that will not come. */
import type { CloseCause } from '../errors/close-cause.ts';
import { ERROR_CODES, type ErrorCode } from '../errors/error-code.ts';
import { HeartwireError, type ErrorOrigin } from '../errors/heartwire-error.ts';

/** One sentence for a person that says how a connection or session ended. */
export function describeCause(cause: CloseCause): string {
  switch (cause.kind) {
    case 'closed':
      return `closed by ${cause.by === 'local' ? 'us' : 'the peer'}${cause.reason === '' ? '' : `: ${cause.reason}`}`;
    case 'destroyed':
      return 'dropped by us without a goodbye';
    case 'finished':
      return 'the peer ended the connection without a goodbye (its process may have ended)';
    case 'reset':
      return 'the connection was reset';
    case 'timeout':
      return describeTimeout(cause.of, cause.silentFor);
    case 'unreachable':
    case 'refused':
      return cause.message;
    case 'expired':
      return 'the session was not resumed in time';
    case 'evicted':
      return `dropped by us, because too much was kept for all clients together (${cause.heldBytes} bytes for this one)`;
    case 'superseded':
      return 'another connection has taken the session over';
    case 'protocol':
      return cause.error.message;
    case 'lost':
      return 'the connection was lost, and the platform does not say why';
  }
}

function describeTimeout(of: (CloseCause & { kind: 'timeout' })['of'], silentFor: number): string {
  switch (of) {
    case 'dial':
      return 'nobody answered in time';
    case 'handshake':
      return 'the handshake was not completed in time';
    case 'heartbeat':
      return `the peer was silent for ${silentFor} ms`;
    case 'close':
      return 'the goodbye was not completed in time';
    default:
      return 'the network gave up waiting';
  }
}

/** The error for a caller who waited for what this cause made impossible. */
export function errorOfCause(cause: CloseCause): HeartwireError {
  if (cause.kind === 'protocol') return cause.error;
  return new HeartwireError(codeOfCause(cause), { by: originOfCause(cause), detail: describeCause(cause), cause });
}

function originOfCause(cause: CloseCause): ErrorOrigin {
  if (cause.kind === 'closed') return cause.by === 'local' ? 'local' : 'remote';
  return cause.kind === 'destroyed' || cause.kind === 'evicted' ? 'local' : 'transport';
}

/** Ends that somebody decided. */
const OVER: ReadonlySet<CloseCause['kind']> = new Set(['closed', 'destroyed', 'evicted', 'superseded'] as const);

function codeOfCause(cause: CloseCause): ErrorCode {
  if (cause.kind === 'refused' && Object.hasOwn(ERROR_CODES, cause.code)) return cause.code as ErrorCode;
  if (cause.kind === 'timeout') return 'ERR_HW_TIMEOUT';
  if (OVER.has(cause.kind)) return 'ERR_HW_SESSION_CLOSED';
  return 'ERR_HW_CONNECTION_LOST';
}
