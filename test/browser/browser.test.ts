// test-limit: 120s
/**
 * The compliance suite with a browser's own WebSocket, and a page that talks to a server in Node.
 *
 * The cases run in the page, both ends of each session in it; the client end dials with the platform's WebSocket, and the links of the
 * server end are those of a listener in Node (remote-listener.ts).
 */
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@heartwire/core';
import { wsServer } from '@heartwire/transport-ws';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { firstValueFrom } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CASES } from '../compliance/cases/index.ts';
import { launchChromium } from '../support/chromium.ts';
import { hostListeners } from './listener-host.ts';
import type { PageApi } from './page.ts';

declare const api: PageApi;

const browsers = suite('heartwire in a browser');
const launched = await launchChromium();
if ('unavailable' in launched) {
  browsers('runs in Chromium', () => console.log(`SKIP: ${launched.unavailable}`));
} else {
  await addTests(launched.browser);
}
browsers.run();

async function addTests(browser: Browser): Promise<void> {
  const server = await servePage(await bundlePage());
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  hostListeners(server, origin);
  const page = await openPage(browser, origin);
  addCases(page);
  addTalks(browser, page, origin);
  browsers.after(async () => {
    await browser.close();
    server.close();
    server.closeAllConnections();
  });
}

function addCases(page: Page): void {
  for (const title of CASES.keys()) browsers(title, () => page.evaluate((it) => api.runCase(it), title));
}

function addTalks(browser: Browser, page: Page, origin: string): void {
  browsers('talks from a page to a server in Node', async () => {
    const heard: unknown[] = [];
    const server = await serve(wsServer({ port: 0, host: '127.0.0.1', origins: [origin] }), {
      session(session) {
        session.handle('say', (word) => void heard.push(word));
        session.handle('count', () => heard.length);
      },
    });
    const words = ['one', 'two', 'трі 🐢'];
    const ended = firstValueFrom(server.session$).then((session) => session.closed);
    const told = await page.evaluate(([to, what]) => api.talk(to, what), [server.addresses[0]!, words] as const);
    assert.equal(heard, words);
    assert.equal(told.stages, ['handled', 'handled', 'handled']);
    assert.is(told.answer, 3);
    assert.ok(told.rtt >= 0);
    const cause = await ended;
    assert.is(cause.kind === 'closed' && cause.reason, 'the page has said everything');
    await server.close();
  });

  browsers('ends the session of a page that is closed', async () => {
    const server = await serve(wsServer({ port: 0, host: '127.0.0.1', origins: [origin] }));
    const other = await openPage(browser, origin);
    await other.evaluate((to) => api.stay(to), server.addresses[0]!);
    const [session] = server.sessions.values();
    await other.close();
    const { kind } = await session!.closed;
    assert.ok(['finished', 'reset'].includes(kind), kind);
    await server.close();
  });
}

async function bundlePage(): Promise<Uint8Array> {
  const conditions = process.env['HEARTWIRE_BUILT'] ? ['browser'] : ['development', 'browser'];
  const { outputFiles } = await build({
    entryPoints: [`${import.meta.dirname}/page.ts`],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions,
    sourcemap: 'inline',
    logLevel: 'error',
  });
  return outputFiles[0]!.contents;
}

async function servePage(script: Uint8Array): Promise<HttpServer> {
  const server = createServer((request, response) => {
    if (request.url === '/page.js') response.setHeader('content-type', 'text/javascript').end(script);
    else response.setHeader('content-type', 'text/html').end('<script type="module" src="/page.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

async function openPage(browser: Browser, origin: string): Promise<Page> {
  const page = await browser.newPage();
  page.on('pageerror', (error) => console.log(`error in the page: ${error.stack}`));
  await page.goto(origin);
  await page.waitForFunction(() => 'api' in globalThis);
  return page;
}
