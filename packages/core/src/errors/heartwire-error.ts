import { ERROR_CODES, type ErrorCode } from './error-code.ts';

/** Who caused an error: our side, the peer, or what lies between. */
export type ErrorOrigin = 'local' | 'remote' | 'transport';

export interface HeartwireErrorOptions {
  /** Who caused it. */
  readonly by: ErrorOrigin;
  /** What happened in this very case; the general sentence of the code stands in front of it. */
  readonly detail?: string;
  readonly cause?: unknown;
}

/**
 * Every error of heartwire. `code` says what happened (stable), `by` says whose doing it was.
 *
 * Source: docs/errors.md has a paragraph for each code.
 */
export class HeartwireError extends Error {
  override readonly name: string = 'HeartwireError';
  readonly code: ErrorCode;
  readonly by: ErrorOrigin;

  constructor(code: ErrorCode, options: HeartwireErrorOptions) {
    const sentence = ERROR_CODES[code];
    super(
      options.detail === undefined ? sentence : `${sentence}: ${options.detail}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.by = options.by;
  }
}
