/** How the clients of a run come back, in one place. */
import type { ConnectOptions } from '@heartwire/core';
import type { Plan } from './plan.ts';

/** `name` is what the client shows for credentials. */
export function connectOptions({ options, keeping, authenticateMs }: Plan, name: string): ConnectOptions {
  return {
    ...options,
    ...(authenticateMs === 0 ? {} : { auth: name }),
    ...(keeping.reconnects ? {} : { reconnect: false as const }),
    ...(keeping.resumes ? {} : { resume: false }),
  };
}
