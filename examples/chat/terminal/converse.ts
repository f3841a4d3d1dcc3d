/** The mode for people: a prompt, what the others say above it, and ticks for what one says oneself. */
import { createInterface, type Interface } from 'node:readline';
import { describeCause, type Delivery, type Session } from '@heartwire/core';
import type { Chat, Said } from '../contract.ts';
import { printable } from '../printable.ts';
import { describeFailure } from '../failure.ts';
import { paintFor } from './paint.ts';

type ChatSession = Session<Chat['up'], Chat['down']>;

const HELP = 'Type a line and press Enter to say it. /who shows who is here, /quit or Ctrl-D leaves.';

/** Resolves with the exit code when the person leaves, or the session ends. Rejects when it does not open. */
export async function converse(session: ChatSession): Promise<number> {
  const prompt = createInterface({ input: process.stdin, output: process.stdout, prompt: '> ' });
  void session.closed.then(() => prompt.close());
  const conversation = new Conversation(session, prompt);
  conversation.listen();
  // Before anything is awaited: what is typed meanwhile would be lost.
  const lines = prompt[Symbol.asyncIterator]();
  await session.ready;
  for await (const line of lines) {
    if (line === '/quit') break;
    conversation.say(line);
  }
  const isServerGone = session.state$.value.status !== 'open';
  conversation.isLeaving = true;
  prompt.close();
  const { cause } = await session.drain({ timeout: 2000 });
  process.stdout.write('\n');
  if (isServerGone) process.stderr.write(`chat: the server is gone: ${describeCause(cause)}\n`);
  return isServerGone || conversation.hasFailed ? 1 : 0;
}

class Conversation {
  isLeaving = false;
  hasFailed = false;
  readonly #session: ChatSession;
  readonly #prompt: Interface;
  readonly #paint = paintFor(process.stdout);

  constructor(session: ChatSession, prompt: Interface) {
    this.#session = session;
    this.#prompt = prompt;
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
    let before = 'alive';
    session.liveness$.subscribe(({ status, rtt }) => {
      if (status === 'suspect') this.#note('the server has fallen silent …');
      else if (status === 'alive' && before === 'suspect')
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
    process.stdout.write(`\r\u001b[K${text}\n`);
    if (!this.isLeaving) this.#prompt.prompt(true);
  }
}
