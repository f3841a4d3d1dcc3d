import { HeartwireError } from '@heartwire/core/transport';

/** The error for an option that makes no sense. */
export function optionError(detail: string, cause?: unknown): HeartwireError {
  return new HeartwireError('ERR_HW_OPTION', { by: 'local', detail, cause });
}
