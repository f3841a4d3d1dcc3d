/** `npm run chat`: joins the chat from a terminal, or sends a file to it. */
import { connect, describeCause } from '@heartwire/core';
import type { Chat } from '../contract.ts';
import { converse } from './converse.ts';
import { HELP, readOptions, type Options } from './options.ts';
import { pipeLines } from './pipe-lines.ts';

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
  const session = connect<Chat>(dialer, { auth: { name }, name: 'heartwire chat terminal', heartbeat: 'game' });
  try {
    return await (process.stdin.isTTY ? converse(session) : pipeLines(session, process.stdin));
  } catch (error) {
    const hasBeenOpen = session.id !== '';
    if (hasBeenOpen) throw error;
  }
  const cause = await session.closed;
  process.stderr.write(`chat: no session with ${address}: ${describeCause(cause)}\n`);
  if (!(cause.kind === 'refused' && cause.by === 'application'))
    process.stderr.write('      `npm start` starts a server.\n');
  return 1;
}
