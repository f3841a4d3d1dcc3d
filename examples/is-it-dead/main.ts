/** `npm run is-it-dead`: connects with a socket of Node, and prints the states of its connection as they come. */
import { watchSocket } from '@heartwire/transport-tcp';
import { stateLine } from './state-line.ts';
import { HELP, openSocket } from './target.ts';

const address = process.argv[2] ?? '';
const startedAtMs = performance.now();
const socket = openSocket(address);

if (socket === null) {
  process.stderr.write(
    `is-it-dead: ${address === '' ? 'the address is missing' : `"${address}" is no address`}\n\n${HELP}`,
  );
  process.exitCode = 2;
} else {
  // This is all: the socket stays the program's own, which reads, writes and listens as it would without.
  watchSocket(socket).subscribe((state) => {
    const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(3);
    process.stdout.write(`${seconds.padStart(8)} s  ${stateLine(state)}\n`);
  });

  // A watch swallows no error: without this line the program would crash of the first one, as it should.
  socket.on('error', () => {});
  // Without reading there is no end to hear of.
  socket.resume();
  process.stdin.pipe(socket);
  socket.on('close', () => process.stdin.destroy());
}
