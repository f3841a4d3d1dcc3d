// The terminal's mode for people: a conversation goes on through lost connections, and says so.
import { PassThrough } from 'node:stream';
import { connect, serve, type ConnectOptions, type Server, type ServerSession } from '@heartwire/core';
import { memoryNetwork, type Network } from '@heartwire/core/testing';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Chat } from '../../examples/chat/contract.ts';
import { endAtFirstFailure } from '../../examples/chat/terminal/connection-notes.ts';
import { converse } from '../../examples/chat/terminal/converse.ts';
import { withDeadline } from '../support/with-deadline.ts';

const DEADLINE_MS = 10_000;

/** Somebody at a terminal. */
class Person {
  readonly code: Promise<number>;
  readonly #input = new PassThrough();
  #screen = '';
  readonly #watchers = new Set<() => void>();

  constructor(dialer: Parameters<typeof connect>[0], options: ConnectOptions = {}) {
    const output = new PassThrough();
    output.setEncoding('utf8').on('data', (text: string) => {
      this.#screen += text;
      for (const look of this.#watchers) look();
    });
    const session = connect<Chat>(dialer, { auth: { name: 'Ada' }, ...options });
    this.code = converse(session, this.#input, output);
  }

  type(line: string): void {
    this.#input.write(`${line}\n`);
  }

  sees(text: string): Promise<void> {
    const seen = new Promise<void>((resolve) => {
      const look = (): void => {
        if (!this.#screen.includes(text)) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
    return withDeadline(DEADLINE_MS, seen, () => `"${text}" in ${this.#screen}`);
  }
}

interface Context {
  dialer: ReturnType<typeof memoryNetwork>['dialer'];
  network: Network;
  server: Server<Chat>;
  said: string[];
}

const conversing = suite<Context>('the terminal of a person');

conversing.before.each(async (context) => {
  const { dialer, listener, network } = memoryNetwork();
  context.said = [];
  const options = {
    session: (session: ServerSession<Chat>): void => {
      void session.send('welcome', { name: 'Ada', online: ['Ada'], history: [] });
      session.handle('say', ({ text }) => void context.said.push(text));
      session.handle('who', () => ['Ada']);
    },
  };
  Object.assign(context, { dialer, network, server: await serve<Chat>(listener, options) });
});

conversing.after.each(async ({ server }) => void (await server.close({ timeout: 100 })));

conversing('says that the connection is lost and back, and goes on', async ({ dialer, network, said }) => {
  const ada = new Person(dialer);
  await ada.sees('You are Ada.');
  ada.type('before');
  await ada.sees('✓✓');
  network.reset();
  await ada.sees('the connection is lost: the connection was reset; trying again …');
  ada.type('meanwhile');
  await ada.sees('the connection is back, and nothing was lost');
  ada.type('/who');
  await ada.sees('here: Ada');
  ada.type('/quit');
  assert.is(await withDeadline(DEADLINE_MS, ada.code, 'the end'), 0);
  assert.equal(said, ['before', 'meanwhile']);
});

conversing('says that the server knows nothing of it any more, and goes on all the same', async (context) => {
  const { dialer, network, server, said } = context;
  const ada = new Person(dialer, { resume: false });
  await ada.sees('You are Ada.');
  network.reset();
  await ada.sees('the server knows nothing of this session any more, so a new one begins');
  ada.type('after');
  await ada.sees('✓✓');
  ada.type('/quit');
  assert.is(await withDeadline(DEADLINE_MS, ada.code, 'the end'), 0);
  assert.equal(said, ['after']);
  assert.is(server.sessions.size, 0);
});

conversing('ends with 1 when the server says goodbye', async ({ dialer, server }) => {
  const ada = new Person(dialer);
  await ada.sees('You are Ada.');
  await server.drain({ reason: 'enough' });
  assert.is(await withDeadline(DEADLINE_MS, ada.code, 'the end'), 1);
});

conversing('does not wait for a server that was never there', async () => {
  const session = connect<Chat>(memoryNetwork().dialer);
  const failure = endAtFirstFailure(session);
  await withDeadline(
    DEADLINE_MS,
    session.ready.catch(() => {}),
    'the end',
  );
  assert.is(failure.cause?.kind, 'refused');
  assert.is((await session.closed).kind, 'destroyed');
});
conversing.run();
