import type { Connection } from '../connection/connection.ts';
import type { OutgoingLink } from './outgoing-link.ts';

/** Who the peer is, as far as it is known. */
export interface Peer {
  readonly transport: string;
  readonly address?: string;
  readonly name?: string;
}

/** Server: the client at the other end of `link`. */
export function peerOf(connection: Connection, { info }: OutgoingLink): Peer {
  const { transport, address } = info;
  const name = connection.peer?.name ?? null;
  return { transport, ...(address === undefined ? {} : { address }), ...(name === null ? {} : { name }) };
}
