/** The options of `npm run chat`. */
import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import type { Dialer } from '@heartwire/core';
import { tcp } from '@heartwire/transport-tcp';
import { ws } from '@heartwire/transport-ws';

export interface Options {
  readonly address: string;
  readonly dialer: Dialer;
  readonly name: string;
}

export const HELP: string = `Talks to the chat server.

  npm run chat -- ADDRESS [--name NAME]
  npm run chat -- ADDRESS [--name NAME] < FILE     sends every line of FILE, and says what became of each

  ADDRESS      tcp://localhost:7000, tls://…, unix:/…, ws://localhost:8080/hw or wss://…
  --name NAME  what the others call you (default: your user name)
  --help       this text

  It exits with 0 when every line was handled, 1 when one was not or the server is not there, 2 when it was called wrongly.
`;

/** Reads the command line; null when help is asked for. Throws an error with a sentence for a person. */
export function readOptions(args: readonly string[]): Options | null {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { name: { type: 'string' }, help: { type: 'boolean', default: false } },
  });
  if (values.help) return null;
  const [address, ...rest] = positionals;
  if (address === undefined || rest.length > 0) {
    throw new Error(address === undefined ? 'the address of the server is missing' : `what is "${rest.join(' ')}"?`);
  }
  return { address, dialer: dialerFor(address), name: values.name ?? defaultName() };
}

/** The whole difference between the transports. */
function dialerFor(address: string): Dialer {
  return /^(wss?|https?):/i.test(address) ? ws(address) : tcp(address);
}

function defaultName(): string {
  try {
    return userInfo().username;
  } catch {
    // Containers may run under a user id that has no name.
    return 'somebody';
  }
}
