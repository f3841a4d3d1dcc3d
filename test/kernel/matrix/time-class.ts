/** How long it took until something was known, as far as it is the same in every run. */

const AT_ONCE_MS = 1_000;

/** `at once` below a second, `3 s` rounded, `never (watched 2 s)`. */
export function timeClass(ms: number | null, watchedMs: number): string {
  if (ms === null) return `never (watched ${inSeconds(watchedMs)})`;
  return ms < AT_ONCE_MS ? 'at once' : inSeconds(Math.round(ms / 1_000) * 1_000);
}

/** Whether two classes may be of the same thing: where one class ends and the next begins, a busy machine decides. */
export function isSameTime(one: string, other: string): boolean {
  const [a, b] = [secondsOf(one), secondsOf(other)];
  if (a === null || b === null) return one === other;
  return Math.abs(a - b) <= 1;
}

function secondsOf(text: string): number | null {
  if (text === 'at once') return 0;
  const match = /^(\d+) s$/.exec(text);
  return match === null ? null : Number(match[1]);
}

function inSeconds(ms: number): string {
  return `${ms / 1_000} s`;
}
