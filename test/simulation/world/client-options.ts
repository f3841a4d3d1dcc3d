/** How the clients of a run come back, in one place. */
import type { ConnectOptions } from '@heartwire/core';
import type { Plan } from './plan.ts';

export function connectOptions({ options, keeping }: Plan): ConnectOptions {
  return {
    ...options,
    ...(keeping.reconnects ? {} : { reconnect: false as const }),
    ...(keeping.resumes ? {} : { resume: false }),
  };
}
