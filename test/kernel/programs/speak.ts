/** A program that is spoken to over its standard input, one JSON value a line, and answers so on its standard output. */
import { createInterface } from 'node:readline';
import type { Report } from './word.ts';

/** Ends when its standard input does. */
export function speak<C>(create: (report: (report: Report) => void) => (command: C) => void | Promise<void>): void {
  const report = (what: Report): void => {
    process.stdout.write(`${JSON.stringify(what)}\n`);
  };
  process.on('uncaughtException', (error) => {
    report({ say: 'failed', message: String(error.stack) });
  });
  const carryOut = create(report);
  const lines = createInterface({ input: process.stdin });
  let earlier: Promise<void> = Promise.resolve();
  lines.on('line', (line) => {
    earlier = earlier
      .then(() => carryOut(JSON.parse(line) as C))
      .then(() => report({ say: 'done' }))
      .catch((error: unknown) => report({ say: 'failed', message: String(error) }));
  });
  lines.on('close', () => process.exit());
  report({ say: 'ready' });
}
