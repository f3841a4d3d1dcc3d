/** The file mode: every line of the input is sent, and what became of it is printed. */
import { describeCause, type CloseCause, type Session } from '@heartwire/core';
import type { Readable } from 'node:stream';
import type { Chat } from '../contract.ts';
import { describeFailure } from '../failure.ts';
import { printable } from '../printable.ts';
import { tellConnection } from './connection-notes.ts';
import { ConsoleWriter } from './console-writer.ts';
import { LineSender, type LineReport, type Tally } from './line-sender.ts';
import { paintFor } from './paint.ts';
import { readLines } from './read-lines.ts';

const EXCERPT_CHARS = 60;
const INTERRUPTED = 130;

/** Resolves with the exit code: 0 when every line was handled. Rejects when the session does not open. */
export async function pipeLines(session: Session<Chat['up'], Chat['down']>, input: Readable): Promise<number> {
  ignoreTheOthers(session);
  tellConnection(session, complain);
  await session.ready;
  const writer = new ConsoleWriter();
  const sender = new LineSender(session, createReport(writer));
  const end = { cause: null as CloseCause | null, isInterrupted: false, hasGap: false };
  const stop = (what: Partial<typeof end>): void => {
    Object.assign(end, what);
    sender.stop();
    input.destroy();
  };
  void session.closed.then((cause) => stop({ cause }));
  // Lines are in doubt, and what comes after them would stand before them if somebody sent them again.
  session.events$.subscribe(({ type }) => type === 'gap' && stop({ hasGap: true }));
  process.once('SIGINT', () => stop({ isInterrupted: true }));

  const tally = await sender.sendAll(readLines(untilDestroyed(input)));
  const { cause, isInterrupted, hasGap } = end;
  await session.drain({ timeout: 2000 });
  input.destroy();
  writer.setStatus('');
  writer.print(`sent ${tally.sent}, handled ${tally.handled}, failed ${tally.failed}`);
  writer.flush();
  if (cause !== null) complain(`the server is gone after line ${tally.sent}: ${describeCause(cause)}`);
  else if (hasGap) complain(`stopped after line ${tally.sent}`);
  if (tally.unknown > 0) complain(`${tally.unknown} lines are in doubt: nobody can say whether they were handled`);
  if (isInterrupted) return INTERRUPTED;
  return cause !== null || hasGap || tally.failed > 0 ? 1 : 0;
}

function complain(text: string): void {
  process.stderr.write(`chat: ${text}\n`);
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
