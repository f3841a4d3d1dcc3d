/** `npm run chat`: joins the chat from a terminal, or sends a file to it. */
import { connect, describeCause } from '@heartwire/core';
import type { Chat } from '../contract.ts';
import { endAtFirstFailure } from './connection-notes.ts';
import { converse } from './converse.ts';
import { HELP, readOptions, type Options } from './options.ts';
import { pipeLines } from './pipe-lines.ts';

/** Who sends a file would like to have an end of it: after some ten seconds without a server. A person can leave at any time. */
const FILE_RECONNECT = { attempts: 8, max: 2000 };

const options = optionsOrExit();
if (options === null) process.stdout.write(HELP);
else process.exitCode = await run(options);

function optionsOrExit(): Options | null {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`chat: ${(error as Error).message}\n\n${HELP}`);
    process.exit(2);
  }
}

async function run({ dialer, address, name }: Options): Promise<number> {
  const { stdin, stdout } = process;
  const session = connect<Chat>(dialer, {
    auth: { name },
    name: 'heartwire chat terminal',
    heartbeat: 'game',
    reconnect: stdin.isTTY ? {} : FILE_RECONNECT,
  });
  const failure = endAtFirstFailure(session);
  try {
    return await (stdin.isTTY ? converse(session, stdin, stdout) : pipeLines(session, stdin));
  } catch (error) {
    if (failure.cause === null) throw error;
  }
  const { cause } = failure;
  process.stderr.write(`chat: no session with ${address}: ${describeCause(cause)}\n`);
  if (!(cause.kind === 'refused' && cause.by === 'application'))
    process.stderr.write('      `npm start` starts a server.\n');
  return 1;
}
