import type {
  CloseCause,
  ConnectionState,
  DeliveryError,
  DeliveryState,
  Liveness,
  SessionEvent,
  SessionState,
  VolatileDropReason,
} from '@heartwire/core';
import { client, same } from './chat.ts';

/** Every kind of a union is named: a new one does not compile here. */
function never(value: never): string {
  return String(value);
}

export function ofSession(state: SessionState): string {
  switch (state.status) {
    case 'connecting':
      return `${state.status} ${state.attempt}`;
    case 'open':
      return `${state.status} ${state.resumed}`;
    case 'suspended':
      return `${state.cause.kind} ${state.retryAt ?? 'now'} ${state.expiresAt}`;
    case 'draining':
      return `${state.unsettled} left`;
    case 'closed':
      return state.cause.kind;
    default:
      return never(state);
  }
}

export function ofConnection(state: ConnectionState): string {
  switch (state.phase) {
    case 'idle':
      return state.phase;
    case 'dialing':
      return state.address;
    case 'open':
      same<typeof state.readable, true>();
      return `${state.phase} ${state.epoch}`;
    case 'half-closed':
      same<typeof state.writable, boolean>();
      return `${state.phase} ${state.epoch}`;
    case 'closed':
      return state.cause.kind;
    default:
      return never(state);
  }
}

export function ofDelivery(state: DeliveryState): string {
  switch (state.stage) {
    case 'queued':
      return state.stage;
    case 'sent':
      return `for the ${state.attempt}th time`;
    case 'delivered':
    case 'handled':
      return `${state.elapsed} ms`;
    case 'failed':
      same<typeof state.error, DeliveryError>();
      return state.error.outcome;
    default:
      return never(state);
  }
}

export function ofCause(cause: CloseCause): string {
  const errno = cause.evidence?.errno;
  switch (cause.kind) {
    case 'closed':
      same<typeof cause.by, 'local' | 'peer'>();
      return `${cause.code} ${cause.reason}`;
    case 'timeout':
      return `${cause.of} ${cause.silentFor}`;
    case 'unreachable':
      return `${cause.code} ${cause.message}`;
    case 'refused':
      same<typeof cause.by, 'host' | 'tls' | 'http' | 'application'>();
      return `${cause.code} ${cause.message}`;
    case 'protocol':
      return cause.error.code;
    case 'evicted':
      return `${cause.heldBytes} bytes`;
    case 'destroyed':
    case 'finished':
    case 'reset':
    case 'expired':
    case 'superseded':
    case 'lost':
      return `${cause.kind} ${errno ?? ''}`;
    default:
      return never(cause);
  }
}

export function ofEvent(event: SessionEvent): string {
  switch (event.type) {
    case 'undelivered':
      return `${event.message} ${event.error.outcome}`;
    case 'handler-failed':
      return `${event.message} ${String(event.error)}`;
    case 'resumed':
      return event.type;
    case 'resolved':
      return `${event.message} ${event.id} ${event.outcome}`;
    case 'gap':
      return `${event.sent?.from ?? 0} ${event.received}`;
    case 'half-closed':
      return event.by;
    case 'going-away':
      return `${event.reason} ${event.within} ${event.reconnectAfter}`;
    case 'racing':
      return `${event.attempt}`;
    case 'stalled':
      return event.type;
    case 'backlogged':
      return `${event.undecided}`;
    case 'degraded':
      return `${event.of} ${event.message}`;
    case 'limit':
      same<typeof event.reason, VolatileDropReason>();
      return `${event.of} ${event.dropped}`;
    default:
      return never(event);
  }
}

same<typeof client.state$.value, SessionState>();
same<typeof client.liveness$.value, Liveness>();
same<Awaited<typeof client.closed>, CloseCause>();
same<Awaited<typeof client.ready>, typeof client>();

// @ts-expect-error not every state has a cause
client.state$.subscribe((state) => state.cause);
// @ts-expect-error not every cause has a code
void client.closed.then((cause) => cause.code);
// @ts-expect-error the value of a stream is its owner's to change
client.state$.value = { status: 'open', epoch: 1, resumed: false };
// @ts-expect-error the id is the server's to give
client.id = 'mine';
