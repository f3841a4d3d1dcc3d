// The program that says how a connection stands, as a person runs it.
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { createServer as createTlsServer } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { heard } from '../support/heard.ts';
import { bundleProgram, SOURCE_FLAGS, type ProgramBundle } from '../support/program-bundle.ts';
import { certificate, key } from '../support/tls/localhost.ts';
import { Program } from './chat-process.ts';

const PROGRAM = 'examples/is-it-dead/main.ts';
const example = suite('is-it-dead');
let bundle: ProgramBundle;

example.before(async () => {
  bundle = await bundleProgram(PROGRAM);
});
example.after(() => bundle.remove());

/** What was printed, without times and ports. */
const linesOf = (text: string): string[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^ +(\d+\.\d{3} s +)?/, '').replace(/:\d{4,5}\b/g, ':PORT'));

const DIALED = ['dialing', 'dialing 127.0.0.1:PORT', 'open in both directions'];

example('prints the end of a server, from its sources too', async () => {
  const { address, server } = await listen((socket) => socket.end('bye'));
  for (const command of [[bundle.file], [...SOURCE_FLAGS, PROGRAM]]) {
    const input = new PassThrough();
    const program = new Program([...command, address], input);
    await program.printed(/half-closed/);
    input.end();
    const { code, stdout } = await program.end();
    assert.equal(linesOf(stdout), [
      ...DIALED,
      'half-closed: the peer has ended its direction, ours is open',
      'half-closed: both directions have ended',
      'closed: the peer ended the connection without a goodbye (its process may have ended)',
      '3 bytes read, 0 written',
    ]);
    assert.is(code, 0);
  }
  server.close();
});

example('prints a reset with the word of the kernel, after what was typed', async () => {
  const { address, server } = await listen((socket) => socket.on('data', () => socket.resetAndDestroy()));
  const input = new PassThrough();
  const program = new Program([bundle.file, address], input);
  await program.printed(/open/);
  input.write('hello\n');
  const { stdout } = await program.end();
  input.end();
  assert.equal(linesOf(stdout), [
    ...DIALED,
    'closed: the connection was reset',
    'ECONNRESET from read; 0 bytes read, 6 written',
  ]);
  server.close();
});

example('ends our direction with its input, and goes on reading', async () => {
  const { address, server } = await listen((socket) => socket.resume().on('end', () => socket.end('answer')));
  const { stdout } = await new Program([bundle.file, address], 'question\n').end();
  assert.equal(linesOf(stdout).slice(DIALED.length), [
    'half-closed: we have ended our direction, the one of the peer is open',
    'half-closed: both directions have ended',
    'closed: the peer ended the connection without a goodbye (its process may have ended)',
    '6 bytes read, 9 written',
  ]);
  server.close();
});

example('prints who refused', async () => {
  const { stdout, code } = await new Program([bundle.file, '127.0.0.1:1']).end();
  assert.equal(linesOf(stdout), [
    'dialing',
    'dialing 127.0.0.1:1',
    'closed: nothing listens on 127.0.0.1:1, or a firewall refuses; is the server running?',
    'ECONNREFUSED from connect',
  ]);
  assert.is(code, 0);
});

example('prints which check of TLS failed', async () => {
  const server = createTlsServer({ key, cert: certificate });
  server.listen(0);
  await heard(server, 'listening');
  const { stdout } = await new Program([bundle.file, `tls://localhost:${portOf(server)}`]).end();
  assert.match(stdout, /closed: the TLS handshake with localhost:\d+ failed: self.signed certificate\n/);
  server.close();
});

example('says how it is called', async () => {
  for (const wrong of [[], ['7000'], ['http://localhost:7000/'], ['localhost:70000']]) {
    const { code, stderr } = await new Program([bundle.file, ...wrong]).end();
    assert.is(code, 2);
    assert.match(stderr, /npm run is-it-dead -- ADDRESS/);
  }
});

example.run();

async function listen(accept: (socket: Socket) => unknown): Promise<{ address: string; server: Server }> {
  const server = createServer({ allowHalfOpen: true }, (socket) => accept(socket.on('error', () => {})));
  server.listen(0, '127.0.0.1');
  await heard(server, 'listening');
  return { address: `127.0.0.1:${portOf(server)}`, server };
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
