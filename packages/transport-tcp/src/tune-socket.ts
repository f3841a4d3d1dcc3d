import type { Socket } from 'node:net';
import type { CloseCause } from '@heartwire/core/transport';

/**
 * Called with each socket once it is connected (and secured), before heartwire reads or writes on it: for what Node has no option for, such as
 * TCP_USER_TIMEOUT. It must neither read, write nor close. What it throws ends that connection; a server tells of it
 * with the event `rejected`.
 */
export type TuneSocket = (socket: Socket) => void;

/** Let the application tune its socket. Returns why the connection cannot be used, or null. */
export function tune(socket: Socket, tuneSocket: TuneSocket | undefined): CloseCause | null {
  try {
    tuneSocket?.(socket);
    return null;
  } catch (error) {
    const message = `the option tuneSocket failed: ${error instanceof Error ? error.message : String(error)}`;
    return { kind: 'refused', by: 'application', code: 'ERR_HW_OPTION', message };
  }
}
