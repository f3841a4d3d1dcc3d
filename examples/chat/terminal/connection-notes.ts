/** What becomes of the connection under a session, in words: one note when it is lost, and one when the session goes on or could not. */
import { describeCause, type CloseCause, type Session } from '@heartwire/core';
import type { Chat } from '../contract.ts';

type ChatSession = Session<Chat['up'], Chat['down']>;

/** Tells each loss and what came of it. The attempts in between are not worth a line. */
export function tellConnection(session: ChatSession, tell: (text: string) => void): void {
  let isLost = false;
  session.state$.subscribe((state) => {
    if (state.status === 'suspended' && !isLost) {
      tell(`the connection is lost: ${describeCause(state.cause)}; trying again …`);
    }
    isLost = state.status === 'suspended';
  });
  session.events$.subscribe(({ type }) => {
    if (type === 'resumed') tell('the connection is back, and nothing was lost');
    if (type === 'gap') tell('the server knows nothing of this session any more, so a new one begins');
  });
}

/**
 * Ends a session whose first connection cannot be made: nobody wants to wait for a server that was never there. A connection that is lost later is
 * a matter of the session. The cause is there when `ready` rejects.
 */
export function endAtFirstFailure(session: ChatSession): { readonly cause: CloseCause | null } {
  const failure: { cause: CloseCause | null } = { cause: null };
  session.connection$.subscribe((state) => {
    if (state.phase !== 'closed' || session.id !== '') return;
    failure.cause = state.cause;
    session.destroy();
  });
  return failure;
}
