/**
 * A stranger's text as one line that is safe to print: control characters could move the cursor, recolour the screen or forge a line
 * of the log, and those that turn the direction of writing could disguise what is there.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (char) => SHORT[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Whether a text would stay as it is. */
export function isPrintable(text: string): boolean {
  return text.search(UNPRINTABLE) === -1;
}

// All of C0 and C1 but the tab, the line separators, and the bidirectional controls (Unicode UAX #9).
// oxlint-disable-next-line no-control-regex -- control characters are the matter here
const UNPRINTABLE = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r' };
