/** Everything that a session says about itself, as reports. */
import type { AnySession } from '@heartwire/core';
import type { CloseCause } from '@heartwire/core/transport';
import type { Report, SpokenCause } from './word.ts';

export function nowAt(): number {
  return performance.timeOrigin + performance.now();
}

/** Report the states, the verdicts, the events and the handled messages of a session. */
export function narrate(session: AnySession, id: string, report: (report: Report) => void): void {
  let count = 0;
  session.handle('say', () => {
    count += 1;
    report({ say: 'handled', id, at: nowAt(), count });
  });
  session.connection$.subscribe((state) => {
    const spoken = state.phase === 'closed' ? { ...state, cause: spokenCause(state.cause) } : state;
    report({ say: 'connection', id, at: nowAt(), state: spoken });
  });
  let status = '';
  session.liveness$.subscribe((liveness) => {
    if (liveness.status === status) return;
    status = liveness.status;
    report({ say: 'liveness', id, at: nowAt(), status });
  });
  session.events$.subscribe((event) => {
    if (event.type === 'undelivered') return;
    const of = event.type === 'degraded' ? { of: event.of } : {};
    report({ say: 'event', id, at: nowAt(), type: event.type, ...('by' in event ? { by: event.by } : {}), ...of });
  });
  void session.closed.then((cause) => {
    report({ say: 'session-closed', id, at: nowAt(), cause: spokenCause(cause) });
  });
}

function spokenCause(cause: CloseCause): SpokenCause {
  if (cause.kind !== 'protocol') return cause;
  const { error, evidence } = cause;
  const { code, by, message } = error;
  return { kind: 'protocol', code, by, message, ...(evidence === undefined ? {} : { evidence }) };
}
