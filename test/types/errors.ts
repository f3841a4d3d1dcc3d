import {
  DeliveryError,
  ERROR_CODES,
  HeartwireError,
  Refusal,
  type ErrorCode,
  type FailedOutcome,
} from '@heartwire/core';
import { same } from './chat.ts';

export const codes: readonly string[] = Object.keys(ERROR_CODES);

// @ts-expect-error the table is read-only
ERROR_CODES.ERR_HW_SOMETHING = 1;

// Codes and outcomes are a closed list, so that a program can be sure to have named them all.
export function advise(error: unknown): string {
  if (error instanceof DeliveryError) {
    same<typeof error.outcome, FailedOutcome>();
    return error.safeToRetry ? 'try again' : (error.refusal?.code ?? error.outcome);
  }
  if (!(error instanceof HeartwireError)) return 'not ours';
  same<typeof error.code, ErrorCode>();
  // @ts-expect-error there is no such code
  return error.code === 'ERR_HW_SOMETHING' ? 'new' : error.by;
}

export const refusal: Refusal = new Refusal('room-full', 'for the log', { seats: 0 });
// @ts-expect-error a refusal needs a word
export const wordless: Refusal = new Refusal();
// @ts-expect-error the word is text
export const numbered: Refusal = new Refusal(404);
