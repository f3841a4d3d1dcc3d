/** What became of a line that was not handled, in words. */
import { DeliveryError } from '@heartwire/core';

/** A sentence for a person. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof DeliveryError)) return error instanceof Error ? error.message : String(error);
  switch (error.outcome) {
    case 'refused':
      return typeof error.refusal?.data === 'string' ? error.refusal.data : `refused: ${error.refusal?.code ?? '?'}`;
    case 'unknown':
      return 'in doubt: it was on its way when the session ended, and may have arrived';
    case 'not-delivered':
      return 'not delivered: the session ended, and the server certainly has not seen it';
    case 'overflow':
      return 'not accepted: too much waits to be sent';
    case 'expired':
      return 'too late: its time was up before it was dealt with';
    case 'cancelled':
      return 'withdrawn before it was dealt with';
  }
}
