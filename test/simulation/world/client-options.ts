/** How the clients of a run reconnect, in one place. In this version a session ends with its connection, and its client makes a new one. */
import type { ConnectOptions } from '@heartwire/core';
import type { Plan } from './plan.ts';

export function connectOptions({ options }: Plan): ConnectOptions {
  return options;
}
