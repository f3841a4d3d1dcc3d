/**
 * Standard output in big pieces, with a status line that stays at the bottom of a terminal.
 *
 * What is printed within a turn is written at its end, in one piece. Whoever prints much awaits `ready()`, so that a slow reader of our output
 * slows us down instead of filling our memory. When nobody reads any more (`… | head`) the work goes on in silence: half a file sent would be worse.
 */
import type { WriteStream } from 'node:tty';

export class ConsoleWriter {
  readonly #out: NodeJS.WriteStream;
  readonly #hasReader = { out: true, err: true };
  #lines = '';
  #status = '';
  #isScheduled = false;

  constructor(out: NodeJS.WriteStream = process.stdout, err: NodeJS.WriteStream = process.stderr) {
    this.#out = out;
    out.on('error', () => {
      this.#hasReader.out = false;
    });
    err.on('error', () => {
      this.#hasReader.err = false;
    });
  }

  /** Prints a line at the end of the turn. */
  print(line: string): void {
    if (!this.#hasReader.out) return;
    this.#lines += `${line}\n`;
    this.#schedule();
  }

  /** Shows this below what is printed, in place of what was there. Does nothing when standard output is no terminal. */
  setStatus(status: string): void {
    if (!isTerminal(this.#out)) return;
    this.#status = status.slice(0, this.#out.columns - 1);
    this.#schedule();
  }

  /** Resolves when the reader of our output has kept up. */
  async ready(): Promise<void> {
    if (!this.#out.writableNeedDrain || !this.#hasReader.out) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#out.off('drain', done).off('close', done).off('error', done);
        resolve();
      };
      this.#out.on('drain', done).on('close', done).on('error', done);
    });
  }

  /** Prints at once what waits. */
  flush(): void {
    const isOnTerminal = isTerminal(this.#out);
    const text = isOnTerminal ? `\r\u001b[K${this.#lines}${this.#status}` : this.#lines;
    this.#lines = '';
    if (text !== '' && this.#hasReader.out) this.#out.write(text);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.flush();
    });
  }
}

function isTerminal(stream: NodeJS.WriteStream): stream is WriteStream {
  return stream.isTTY;
}
