/** A session, as far as it matters who has to go when a server keeps too much. */
export interface Evictable {
  /** Payload bytes that it keeps, also those that others keep, too. */
  readonly heldBytes: number;
  readonly isSuspended: boolean;
}

/**
 * Who has to go first when a server keeps more than it may: those without a connection, because nobody may ever come back for them, before those with one; among
 * equals those that keep most, which are those that read or handle least. Who keeps nothing is not among them.
 */
export function evictionOrder<S extends Evictable>(sessions: Iterable<S>): S[] {
  const weighed = Array.from(sessions, (session) => ({
    session,
    bytes: session.heldBytes,
    isLast: !session.isSuspended,
  }));
  const candidates = weighed.filter(({ bytes }) => bytes > 0);
  candidates.sort((a, b) => Number(a.isLast) - Number(b.isLast) || b.bytes - a.bytes);
  return candidates.map(({ session }) => session);
}
