import type { Writable } from 'node:stream';

/** Colours for terminals that have them; everybody else gets the words alone. */
export interface Paint {
  good(text: string): string;
  bad(text: string): string;
  quiet(text: string): string;
  strong(text: string): string;
}

/** Paint for what goes to `out`. NO_COLOR is respected (no-color.org). */
export function paintFor(out: Writable & { readonly isTTY?: boolean }): Paint {
  const hasColor = out.isTTY === true && !process.env['NO_COLOR'];
  const paint = (code: number) => (text: string) => (hasColor ? `\u001b[${code}m${text}\u001b[0m` : text);
  return { good: paint(32), bad: paint(31), quiet: paint(2), strong: paint(1) };
}
