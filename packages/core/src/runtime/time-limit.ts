import type { OutgoingMessage } from '../session/outgoing-message.ts';
import { optionError } from './limits.ts';

/** How long somebody waits for a message, and how long it is of use, in milliseconds. */
export interface TimeOptions {
  readonly timeout?: number | undefined;
  readonly expiresIn?: number | undefined;
}

/** Setters of timers take no more than this in any runtime. */
const MAX_MS = 2 ** 31;

/** Throws `ERR_HW_OPTION` when a time makes no sense. */
export function checkTimes({ timeout, expiresIn }: TimeOptions): void {
  checkTime('timeout', timeout);
  checkTime('expiresIn', expiresIn);
}

/** Gives the message its times, which must have been checked. The one that comes first says when its sender takes it back. */
export function limitTime(message: OutgoingMessage, { timeout, expiresIn }: TimeOptions, nowMs: number): void {
  const waitMs = timeout ?? Infinity;
  const lifeMs = expiresIn ?? Infinity;
  message.limitAtMs = nowMs + Math.min(waitMs, lifeMs);
  message.limitReason = expiresIn !== undefined && lifeMs <= waitMs ? 'expired' : 'timeout';
  message.expiresAtMs = nowMs + lifeMs;
}

function checkTime(name: string, ms: number | undefined): void {
  if (ms !== undefined && !(ms > 0 && ms < MAX_MS)) throw optionError(`${name} is ${ms}, not more than 0`);
}
