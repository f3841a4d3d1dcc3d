import type { SeedResult } from './run-seed.ts';

const SHOWN_MAX = 10;

/** What went wrong, and the command that shows how. */
export function describeFailure({ seed, violations }: Pick<SeedResult, 'seed' | 'violations'>): string {
  const lines = violations.slice(0, SHOWN_MAX).map((one) => `  ${one.class}: ${one.detail}`);
  const more = violations.length > SHOWN_MAX ? [`  and ${violations.length - SHOWN_MAX} more`] : [];
  return [`seed ${seed}:`, ...lines, ...more, `  npm run simulate -- --seed ${seed} --trace`].join('\n');
}
