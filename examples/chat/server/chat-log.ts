/**
 * What was said, one line each, in order, on standard output or in a file.
 *
 * `write` resolves when the system has the line: only then the server calls it handled. When nobody reads standard output any more (`npm
 * start | head`) the chat goes on without a log; a file that cannot be written is an error, and the line is refused.
 */
import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import type { Said } from '../contract.ts';
import { printable } from '../printable.ts';

export interface ChatLog {
  write(said: Said): Promise<void>;
  close(): Promise<void>;
}

/** Opens the log; without a file it is standard output. Rejects when the file cannot be opened. */
export async function openChatLog(file: string | undefined): Promise<ChatLog> {
  if (file === undefined) return new StandardOutputLog();
  const stream = createWriteStream(file, { flags: 'a' });
  await new Promise<void>((resolve, reject) => stream.once('open', () => resolve()).once('error', reject));
  return new FileLog(stream);
}

class FileLog implements ChatLog {
  readonly #stream: Writable;

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('error', (error) => process.stderr.write(`chat: the log cannot be written: ${error.message}\n`));
  }

  write(said: Said): Promise<void> {
    return writeLine(this.#stream, said);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#stream.destroyed) resolve();
      else this.#stream.end(() => resolve());
    });
  }
}

class StandardOutputLog implements ChatLog {
  #hasReader = true;

  constructor() {
    process.stdout.on('error', () => {
      this.#hasReader = false;
    });
  }

  async write(said: Said): Promise<void> {
    if (!this.#hasReader) return;
    await writeLine(process.stdout, said).catch(() => {});
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function writeLine(stream: Writable, { from, text, at }: Said): Promise<void> {
  const line = `${new Date(at).toISOString()} ${printable(from)}: ${printable(text)}\n`;
  return new Promise((resolve, reject) => {
    stream.write(line, (error) => (error ? reject(error) : resolve()));
  });
}
