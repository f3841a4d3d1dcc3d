// The chat as people use it from a terminal: a file piped through, and everything that can go wrong on the way.
// test-limit: 180s
import { createServer, type AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openChatLog } from '../../examples/chat/server/chat-log.ts';
import { readOptions as readServerOptions } from '../../examples/chat/server/options.ts';
import { readOptions as readTerminalOptions } from '../../examples/chat/terminal/options.ts';
import {
  bundleChat,
  portOf,
  runTerminal,
  startChatServer,
  startServer,
  startServerFromSources,
  startTerminal,
  type ChatServerProcess,
} from './chat-process.ts';
import { startSwitchableProxy } from './switchable-proxy.ts';

const LINES = Array.from({ length: 2000 }, (_, index) => `${index + 1} ${'lorem ipsum '.repeat(index % 9)}— ✓`.trim());

interface Context {
  server: ChatServerProcess;
  removeBundle: () => void;
}

const chat = suite<Context>('the chat as people start it');

chat.before(async (context) => {
  context.removeBundle = await bundleChat();
  context.server = await startChatServer(startServerFromSources);
});

chat.after(async ({ server, removeBundle }) => {
  await server.dispose();
  removeBundle();
});

for (const scheme of ['tcp', 'ws'] as const) {
  chat(`handles 2,000 lines over ${scheme}, and the log holds each once and in order`, async ({ server }) => {
    const before = server.logged().length;
    const address = scheme === 'tcp' ? server.tcpAddress : server.wsAddress;
    const { code, stdout, stderr } = await runTerminal([address, '--name', scheme], `${LINES.join('\n')}\n`);
    assert.is(stderr, '');
    assert.match(stdout, /^sent 2000, handled 2000, failed 0$/m);
    assert.is(code, 0);
    assert.is(stdout.match(/^✓✓ \d+ handled \d+\.\d ms {2}/gm)?.length, 2000);
    assert.equal(server.logged().slice(before), LINES);
  });
}

chat('sends nothing for an empty input', async ({ server }) => {
  const { code, stdout } = await runTerminal([server.tcpAddress], '');
  assert.is(stdout, 'sent 0, handled 0, failed 0\n');
  assert.is(code, 0);
});

chat('counts a line that the server refuses as failed, and says why', async ({ server }) => {
  const { code, stdout } = await runTerminal([server.tcpAddress], `short\n${'x'.repeat(16_385)}\nshort again`);
  assert.match(stdout, /^! {2}2 failed \(That is too long: 16385 characters, at most 16384\.\)/m);
  assert.match(stdout, /^sent 3, handled 2, failed 1$/m);
  assert.is(code, 1);
});

chat('goes on sending when nobody reads its output any more', async ({ server }) => {
  const before = server.logged().length;
  const program = startTerminal([server.tcpAddress], LINES.join('\n'));
  await program.printed(/handled/);
  program.child.stdout!.destroy();
  const { code, stderr } = await program.end();
  assert.is(stderr, '');
  assert.is(code, 0);
  assert.equal(server.logged().slice(before), LINES);
});

chat('turns away a name that the server does not accept', async ({ server }) => {
  const { code, stderr } = await runTerminal([server.wsAddress, '--name', 'x'.repeat(33)], 'hello');
  assert.match(stderr, /please choose a shorter name: 33 characters, at most 32/);
  assert.is(code, 1);
});
chat('says that the server is absent, and exits with 1', async () => {
  const port = await freePort();
  const addresses = [`tcp://localhost:${port}`, `ws://localhost:${port}/hw`];
  const results = await Promise.all(addresses.map((address) => runTerminal([address], 'hello')));
  for (const [index, { code, stdout, stderr }] of results.entries()) {
    assert.match(stderr, new RegExp(`^chat: no session with ${addresses[index]}: .*nothing listens`));
    assert.match(stderr, /npm start/);
    assert.is(stdout, '');
    assert.is(code, 1);
  }
});

for (const scheme of ['tcp', 'ws'] as const) {
  chat(
    `loses nothing, and sends nothing twice, when the connection over ${scheme} is cut in the middle of a file`,
    async ({ server }) => {
      const before = server.logged().length;
      const address = scheme === 'tcp' ? server.tcpAddress : server.wsAddress;
      const proxy = await startSwitchableProxy(Number(portOf(address)));
      try {
        const program = startTerminal([address.replace(portOf(address), String(proxy.port))], LINES.join('\n'));
        for (const [index, line] of [100, 700, 1300].entries()) {
          await program.printed(new RegExp(`^✓✓ ${line} handled`, 'm'));
          proxy.cut();
          await program.complained(new RegExp(`(the connection is back, and nothing was lost[^]*){${index + 1}}`));
        }
        const { code, stdout, stderr } = await program.end();
        assert.match(stdout, /^sent 2000, handled 2000, failed 0$/m);
        assert.is(stderr.match(/^chat: the connection is lost: .+; trying again …$/gm)?.length, 3);
        assert.is(code, 0);
        assert.equal(server.logged().slice(before), LINES);
      } finally {
        await proxy.close();
      }
    },
  );
}

chat('says so when the server goes away in the middle of a file and does not come back', async () => {
  const server = await startChatServer();
  try {
    const programs = [server.tcpAddress, server.wsAddress].map((address) => startTerminal([address], endlessLines()));
    await Promise.all(programs.map((program) => program.printed(/^✓✓ 300 handled/m)));
    await server.program.stop('SIGKILL');
    for (const { code, stdout, stderr } of await Promise.all(programs.map((program) => program.end()))) {
      const { sent, unknown } = checkSums(stdout);
      assert.match(stdout, /^! {2}\d+ failed \((in doubt|not delivered): /m);
      assert.match(stderr, new RegExp(`^chat: the server is gone after line ${sent}: \\S`, 'm'));
      if (unknown > 0) assert.match(stderr, new RegExp(`^chat: ${unknown} lines are in doubt: `, 'm'));
      assert.is(code, 1);
    }
  } finally {
    await server.dispose();
  }
});

chat('stops, and says how many lines are in doubt, when another server answers that does not know it', async () => {
  const first = await startChatServer();
  const proxy = await startSwitchableProxy(Number(portOf(first.tcpAddress)));
  const second = await startChatServer();
  try {
    const program = startTerminal([`tcp://localhost:${proxy.port}`], endlessLines());
    await program.printed(/^✓✓ 300 handled/m);
    // What is sent while the server stands still is in doubt for certain.
    first.program.child.kill('SIGSTOP');
    proxy.target = Number(portOf(second.tcpAddress));
    proxy.cut();
    const { code, stdout, stderr } = await program.end();
    const { sent, unknown } = checkSums(stdout);
    assert.match(stderr, /^chat: the connection is lost: .+\n.*knows nothing of this session any more/m);
    assert.match(stderr, new RegExp(`^chat: stopped after line ${sent}$`, 'm'));
    assert.ok(unknown > 0);
    assert.match(stderr, new RegExp(`^chat: ${unknown} lines are in doubt: `, 'm'));
    assert.is(code, 1);
  } finally {
    await proxy.close();
    await first.dispose();
    await second.dispose();
  }
});

chat('exits with 2 when it is called wrongly, and shows how', async () => {
  const { code, stderr } = await runTerminal(['gopher://localhost:70']);
  assert.match(stderr, /^chat: .+gopher.+\n\nTalks to the chat server/);
  assert.is(code, 2);
});

for (const args of [[], ['tcp://localhost'], ['ws://'], ['tcp://a:1', 'b'], ['tcp://a:1', '--nmae', 'x']]) {
  chat(`takes no such arguments: ${args.join(' ') || 'none'}`, () => {
    assert.throws(() => readTerminalOptions(args));
  });
}

chat('shows how to call it when asked', async () => {
  const { code, stdout } = await runTerminal(['--help']);
  assert.match(stdout, /npm run chat -- ADDRESS/);
  assert.is(code, 0);
});
chat('hears the goodbye when the server is told to end, and the server exits with 0', async () => {
  const server = await startChatServer();
  try {
    const program = startTerminal([server.tcpAddress], new Readable({ read() {} }));
    program.child.stdin!.write('hello\n');
    await program.printed(/^✓✓ 1 handled/m);
    assert.is((await server.program.stop('SIGTERM')).code, 0);
    const { code, stdout, stderr } = await program.end();
    assert.match(stderr, /the server is gone after line 1: closed by the peer: the server is shutting down/);
    assert.match(stdout, /^sent 1, handled 1, failed 0$/m);
    assert.is(code, 1);
  } finally {
    await server.dispose();
  }
});
chat('names the port that is taken, and its option', async ({ server }) => {
  const tcpPort = portOf(server.tcpAddress);
  const httpPort = portOf(server.pageAddress);
  const [atTcp, atHttp] = await Promise.all([
    startServer(['--tcp-port', tcpPort, '--http-port', '0']).end(),
    startServer(['--tcp-port', '0', '--http-port', httpPort]).end(),
  ]);
  assert.match(atTcp.stderr, new RegExp(`^chat: port ${tcpPort} on localhost is taken.*--tcp-port`));
  assert.match(atHttp.stderr, new RegExp(`^chat: port ${httpPort} on localhost is taken.*--http-port`));
  assert.equal([atTcp.code, atHttp.code], [1, 1]);
});

chat('gives out its page to a browser that may load nothing from elsewhere', async ({ server }) => {
  const page = await fetch(server.pageAddress);
  assert.is(page.status, 200);
  assert.is(page.headers.get('x-content-type-options'), 'nosniff');
  const policy = page.headers.get('content-security-policy') ?? '';
  assert.match(policy, /default-src 'none'/);
  assert.not.match(policy, /unsafe/);
  assert.not.match(await page.text(), /https?:\/\//);
  const again = await fetch(server.pageAddress, { headers: { 'If-None-Match': page.headers.get('etag') ?? '' } });
  assert.is(again.status, 304);
  assert.is((await fetch(new URL('/package.json', server.pageAddress))).status, 404);
  assert.is((await fetch(server.pageAddress, { method: 'POST' })).status, 405);
});

chat('exits with 2 when it is called wrongly, and shows how', async () => {
  const { code, stderr } = await startServer(['--tcp-port', '70000']).end();
  assert.match(stderr, /^chat: --tcp-port is "70000".+\n\nServes a chat/);
  assert.is(code, 2);
});

for (const args of [['--http-port', 'x'], ['--http-port', '-1'], ['--prot', '1'], ['stray']]) {
  chat(`takes no such arguments: ${args.join(' ')}`, () => {
    assert.throws(() => readServerOptions(args));
  });
}

chat('does not start without the log that it was told to write', async () => {
  const problem = await openChatLog('/nowhere/at/all').catch((error: unknown) => error);
  assert.match(String(problem), /ENOENT.*\/nowhere\/at\/all/);
});

chat('exits with 0 on SIGINT', async ({ server }) => {
  assert.is((await server.program.stop('SIGINT')).code, 0);
});
chat.run();

/** More lines than anybody will ever take. */
function endlessLines(): Readable {
  return Readable.from(
    (function* () {
      for (let line = 1; ; line += 1) yield `${line} of a file without an end\n`;
    })(),
  );
}

/** Every line has one fate: reads the summary and what is printed for each line, and holds them against one another. */
function checkSums(stdout: string): { sent: number; unknown: number } {
  const summary = /^sent (\d+), handled (\d+), failed (\d+)$/m.exec(stdout) ?? [];
  const [sent = 0, handled = 0, failed = 0] = summary.slice(1).map(Number);
  assert.ok(failed > 0, `failed ${failed}`);
  assert.is(sent, handled + failed);
  assert.is(stdout.match(/^✓✓ \d+ handled/gm)?.length, handled);
  assert.is(stdout.match(/^! {2}\d+ failed/gm)?.length, failed);
  return { sent, unknown: stdout.match(/^! {2}\d+ failed \(in doubt/gm)?.length ?? 0 };
}

/** A port on which nothing listens. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
