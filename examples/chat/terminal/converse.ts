/** The mode for people: a prompt, what the others say above it, and ticks for what one says oneself. */
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { describeCause, type CloseCause, type Delivery, type Session } from '@heartwire/core';
import type { Chat, Said } from '../contract.ts';
import { describeFailure } from '../failure.ts';
import { printable } from '../printable.ts';
import { tellConnection } from './connection-notes.ts';
import { paintFor, type Paint } from './paint.ts';

type ChatSession = Session<Chat['up'], Chat['down']>;

const HELP = 'Type a line and press Enter to say it. /who shows who is here, /quit or Ctrl-D leaves.';

/** Resolves with the exit code when the person leaves, or the session ends. Rejects when it does not open. */
export async function converse(session: ChatSession, input: Readable, output: Writable): Promise<number> {
  const prompt = createInterface({ input, output, prompt: '> ' });
  let end: CloseCause | null = null;
  void session.closed.then((cause) => {
    end = cause;
    prompt.close();
  });
  const conversation = new Conversation(session, prompt, output);
  conversation.listen();
  // Before anything is awaited: what is typed meanwhile would be lost.
  const lines = prompt[Symbol.asyncIterator]();
  await session.ready;
  for await (const line of lines) {
    if (line === '/quit') break;
    conversation.say(line);
  }
  const endBefore = end as CloseCause | null;
  conversation.isLeaving = true;
  prompt.close();
  await session.drain({ timeout: 2000 });
  output.write('\n');
  if (endBefore !== null) process.stderr.write(`chat: the server is gone: ${describeCause(endBefore)}\n`);
  return endBefore !== null || conversation.hasFailed ? 1 : 0;
}

class Conversation {
  isLeaving = false;
  hasFailed = false;
  readonly #session: ChatSession;
  readonly #prompt: Interface;
  readonly #output: Writable;
  readonly #paint: Paint;

  constructor(session: ChatSession, prompt: Interface, output: Writable) {
    this.#session = session;
    this.#prompt = prompt;
    this.#output = output;
    this.#paint = paintFor(output);
  }

  listen(): void {
    const session = this.#session;
    session.handle('welcome', ({ name, online, history }) => {
      for (const said of history) this.#showLine(said);
      this.#note(`You are ${name}. Here: ${online.join(', ')}. ${HELP}`);
    });
    session.handle('said', (said) => this.#showLine(said));
    session.handle('joined', ({ name }) => this.#note(`${name} is here`));
    session.handle('left', ({ name }) => this.#note(`${name} has left`));
    session.handle('missed', ({ lines }) => this.#note(`you missed ${lines} lines`));
    tellConnection(session, (text) => this.#note(text));
    let before = 'alive';
    session.liveness$.subscribe(({ status, rtt }) => {
      if (status === 'suspect') this.#note('the server has fallen silent …');
      else if (status === 'stalled') this.#note('the server is there, and stands still …');
      else if (status === 'alive' && (before === 'suspect' || before === 'stalled'))
        this.#note(`the server is back (${(rtt ?? 0).toFixed(1)} ms)`);
      before = status;
    });
  }

  say(line: string): void {
    if (line === '/who') {
      this.#session.request('who').then(
        (names) => this.#note(`here: ${names.join(', ')}`),
        (error: unknown) => this.#note(describeFailure(error)),
      );
    } else if (line.startsWith('/')) {
      this.#note(HELP);
    } else if (line !== '') {
      this.#follow(line, this.#session.send('say', { text: line }));
    }
    this.#prompt.prompt();
  }

  #follow(line: string, delivery: Delivery): void {
    delivery.then(
      ({ elapsed }) =>
        this.#show(`${this.#paint.good('✓✓')} ${this.#paint.quiet(`handled after ${elapsed.toFixed(1)} ms`)}`),
      (error: unknown) => {
        this.hasFailed = true;
        this.#show(`${this.#paint.bad('!')}  ${printable(line)}: ${describeFailure(error)}`);
      },
    );
  }

  #showLine({ from, text }: Said): void {
    this.#show(`${this.#paint.strong(printable(from))}: ${printable(text)}`);
  }

  #note(text: string): void {
    this.#show(this.#paint.quiet(printable(text)));
  }

  /** Prints above the prompt, and leaves what is being typed as it is. */
  #show(text: string): void {
    this.#output.write(`\r\u001b[K${text}\n`);
    if (!this.isLeaving) this.#prompt.prompt(true);
  }
}
