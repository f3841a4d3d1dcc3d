/** The options of `npm start`. */
import { parseArgs } from 'node:util';

export interface Options {
  readonly host: string;
  readonly tcpPort: number;
  readonly httpPort: number;
  readonly log: string | undefined;
  readonly help: boolean;
}

export const HELP: string = `Serves a chat over TCP and over WebSocket, and a web page to chat on.

  npm start -- [options]

  --tcp-port PORT    for terminals, over TCP (default 7000; 0 takes a free one)
  --http-port PORT   for browsers: the page, and the WebSocket at /hw (default 8080; 0 takes a free one)
  --host HOST        the address to listen on (default localhost: this machine only; 0.0.0.0: everybody who can reach it)
  --log FILE         append what is said to this file (default: standard output)
  --help             this text
`;

/** Reads the command line. Throws an error with a sentence for a person. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      'tcp-port': { type: 'string', default: '7000' },
      'http-port': { type: 'string', default: '8080' },
      host: { type: 'string', default: 'localhost' },
      log: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    host: values.host,
    tcpPort: portOf('--tcp-port', values['tcp-port']),
    httpPort: portOf('--http-port', values['http-port']),
    log: values.log,
    help: values.help,
  };
}

function portOf(option: string, text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new Error(`${option} is ${JSON.stringify(text)}: write a whole number from 0 to 65535`);
}
