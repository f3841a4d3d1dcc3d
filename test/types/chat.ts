/** The contract that the other cases talk by, and both ends of a session over it. */
import { connect, serve, type Dialer, type Listener, type ServerSession, type Session } from '@heartwire/core';

export interface Chat {
  up: {
    say: { room: string; text: string };
    quit: undefined;
    note: string | undefined;
    move: { kind: 'up'; steps: number } | { kind: 'stop' };
    members: (room: string) => string[];
    time: () => number;
    join: (room: string) => Promise<{ count: number }>;
    leave: (room: string) => void;
  };
  down: {
    said: { from: string; text: string };
    kicked: string;
    confirm: (question: string) => boolean;
  };
  auth: { name: string };
}

declare const dialer: Dialer;
declare const listener: Listener;

export const client: Session<Chat['up'], Chat['down'], undefined> = connect<Chat>(dialer);
export const server: Promise<{ readonly sessions: ReadonlyMap<string, ServerSession<Chat>> }> = serve<Chat>(listener);
export declare const session: ServerSession<Chat>;

/** Compiles only when both are the very same type. */
export function same<A, B>(
  ...proof: (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? [] : ['not the same']
): boolean {
  return proof.length === 0;
}
