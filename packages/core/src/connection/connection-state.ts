/**
 * The states of a connection and all of their transitions. What is not in the table is a protocol error; ERROR, which is read in
 * every state, is not in it. PROTOCOL.md §14; a test compares the tables.
 */
import { FrameType } from '../wire/frame-type.ts';

export type ConnectionRole = 'client' | 'server';
export type ConnectionState = 'awaiting-welcome' | 'awaiting-hello' | 'deciding' | 'open' | 'closed';

type Transitions = Readonly<Partial<Record<FrameType, ConnectionState>>>;

const OPEN: Transitions = {
  [FrameType.PING]: 'open',
  [FrameType.PONG]: 'open',
  [FrameType.ACK]: 'open',
  [FrameType.MESSAGE]: 'open',
  [FrameType.REQUEST]: 'open',
  [FrameType.REPLY]: 'open',
  [FrameType.REFUSAL]: 'open',
  [FrameType.GOAWAY]: 'open',
  [FrameType.VOID]: 'open',
  [FrameType.VOLATILE]: 'open',
  [FrameType.CANCEL]: 'open',
  [FrameType.GOODBYE]: 'open',
  [FrameType.GOODBYE_ACK]: 'open',
  [FrameType.REFUSAL_ACK]: 'open',
};

export const TRANSITIONS: Readonly<Record<ConnectionState, Transitions>> = {
  'awaiting-welcome': { [FrameType.WELCOME]: 'open', [FrameType.REJECT]: 'closed' },
  'awaiting-hello': { [FrameType.HELLO]: 'deciding' },
  deciding: {},
  open: OPEN,
  closed: {},
};

export const INITIAL_STATE: Readonly<Record<ConnectionRole, ConnectionState>> = {
  client: 'awaiting-welcome',
  server: 'awaiting-hello',
};

/** Where a frame of this type leads, or undefined when it is not allowed now. */
export function nextState(state: ConnectionState, type: FrameType): ConnectionState | undefined {
  return TRANSITIONS[state][type];
}
