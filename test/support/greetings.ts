/** What the two sides say in a handshake without anything special. */
import type { Answer, Greeting } from '../../packages/core/src/connection/connection.ts';

export const GREETING: Greeting = { auth: null, attempt: 1, keep: false, resumption: null };

/** The WELCOME to a new session that does not outlive its connection. */
export function answerOf(session: string): Answer {
  return { session, token: null, windowMs: 0, resumed: null };
}
