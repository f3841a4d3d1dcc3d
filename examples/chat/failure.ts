/** What became of a line that was not handled, in words. */
import { DeliveryError } from '@heartwire/core';

/** A sentence for a person. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof DeliveryError)) return error instanceof Error ? error.message : String(error);
  switch (error.outcome) {
    case 'refused':
      return typeof error.refusal?.data === 'string' ? error.refusal.data : `refused: ${error.refusal?.code ?? '?'}`;
    case 'unknown':
      return 'in doubt: it was on its way when the connection ended';
    case 'not-delivered':
      return 'not delivered: the connection ended before it was sent';
    default:
      return error.message;
  }
}
