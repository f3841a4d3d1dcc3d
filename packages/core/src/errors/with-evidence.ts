import type { CloseCause, CloseEvidence } from './close-cause.ts';

/** A cause with more evidence beside its own. */
export function withEvidence(cause: CloseCause, evidence: CloseEvidence | undefined): CloseCause {
  return evidence === undefined ? cause : { ...cause, evidence: { ...cause.evidence, ...evidence } };
}
