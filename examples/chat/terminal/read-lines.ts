/**
 * The lines of a byte stream, as they are asked for: while nobody asks, nothing is read, so a file of any size takes the memory of
 * one chunk.
 */

/** Longer lines are cut here. It is more than the server takes, so a line that was cut is refused and not falsified. */
const LINE_MAX_CHARS = 100_000;

/** Yields each line without its end; the last one need not have any. UTF-8; bytes that are none become U+FFFD. */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop()!.slice(0, LINE_MAX_CHARS);
    for (const line of lines) yield withoutReturn(line);
  }
  rest += decoder.decode();
  if (rest !== '') yield withoutReturn(rest);
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
