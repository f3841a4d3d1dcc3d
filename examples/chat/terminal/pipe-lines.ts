/** The file mode: every line of the input is sent, and what became of it is printed. */
import { describeCause, type Session } from '@heartwire/core';
import type { Readable } from 'node:stream';
import type { Chat } from '../contract.ts';
import { printable } from '../printable.ts';
import { ConsoleWriter } from './console-writer.ts';
import { describeFailure } from '../failure.ts';
import { LineSender, type LineReport, type Tally } from './line-sender.ts';
import { paintFor } from './paint.ts';
import { readLines } from './read-lines.ts';

const EXCERPT_CHARS = 60;
const INTERRUPTED = 130;

/** Resolves with the exit code: 0 when every line was handled. Rejects when the session does not open. */
export async function pipeLines(session: Session<Chat['up'], Chat['down']>, input: Readable): Promise<number> {
  ignoreTheOthers(session);
  await session.ready;
  const writer = new ConsoleWriter();
  let isInterrupted = false;
  const stopReading = (): void => void input.destroy();
  void session.closed.then(stopReading);
  process.once('SIGINT', () => {
    isInterrupted = true;
    stopReading();
  });

  const tally = await new LineSender(session, createReport(writer)).sendAll(readLines(untilDestroyed(input)));
  // Whoever says goodbye first is the one who ended it; afterwards nobody could tell.
  const isServerGone = session.state$.value.status !== 'open';
  const { cause } = await session.drain({ timeout: 2000 });
  input.destroy();
  writer.setStatus('');
  writer.print(`sent ${tally.sent}, handled ${tally.handled}, failed ${tally.failed}`);
  writer.flush();
  if (isServerGone) {
    process.stderr.write(`chat: the server is gone after line ${tally.sent}: ${describeCause(cause)}\n`);
  }
  if (isInterrupted) return INTERRUPTED;
  return isServerGone || tally.failed > 0 ? 1 : 0;
}

/** The others are not shown between the confirmations, but their lines must not come back to them as refused either. */
function ignoreTheOthers(session: Session<Chat['up'], Chat['down']>): void {
  for (const type of ['welcome', 'said', 'joined', 'left', 'missed'] as const) session.handle(type, () => {});
}

function createReport(writer: ConsoleWriter): LineReport {
  const paint = paintFor(process.stdout);
  const showProgress = ({ sent, handled, failed }: Tally): void => {
    writer.setStatus(`sent ${sent}, handled ${handled}, failed ${failed} …`);
  };
  return {
    handled(line, text, elapsedMs, tally) {
      writer.print(`${paint.good('✓✓')} ${line} handled ${elapsedMs.toFixed(1)} ms  ${paint.quiet(excerpt(text))}`);
      showProgress(tally);
    },
    failed(line, text, error, tally) {
      writer.print(`${paint.bad('!')}  ${line} failed (${describeFailure(error)})  ${paint.quiet(excerpt(text))}`);
      showProgress(tally);
    },
    ready: () => writer.ready(),
  };
}

function excerpt(text: string): string {
  // Cut first: a line may be very long.
  const start = printable(text.slice(0, EXCERPT_CHARS));
  return text.length > EXCERPT_CHARS ? `${start}…` : start;
}

/** Node calls it an error when a stream that is being read is destroyed; here it is how reading stops. */
async function* untilDestroyed(input: Readable): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* input as AsyncIterable<Uint8Array>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}
