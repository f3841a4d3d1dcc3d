import type { CloseCause } from '../errors/close-cause.ts';

/** What the kernel and the transport report about the connection, as it happens (promises P7, P8). `epoch`: which attempt of the client's it is, or was. */
export type ConnectionState =
  | { readonly phase: 'idle' }
  | { readonly phase: 'dialing'; readonly address: string }
  | { readonly phase: 'open'; readonly readable: true; readonly writable: true; readonly epoch: number }
  | { readonly phase: 'half-closed'; readonly readable: boolean; readonly writable: boolean; readonly epoch: number }
  | { readonly phase: 'closed'; readonly cause: CloseCause; readonly epoch: number };
