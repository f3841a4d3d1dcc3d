/**
 * The observer in Chromium, as a program like the others: commands are handed on to a page, and its reports back.
 *
 * It is started with the file of the page's script. The page is really loaded from this machine: a browser lets no other page dial it.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import type { Page } from 'playwright-core';
import { launchChromium } from '../../support/chromium.ts';
import type { CarryOut } from './observer-page.ts';
import { IMPOSSIBLE } from './impossible.ts';
import { speak } from './speak.ts';
import type { ObserverCommand, Report } from './word.ts';

/** What a page has; a server's name, its certificate and a kernel's options are the browser's business. */
const COMMANDS = ['connect', 'send', 'busy', 'end', 'close', 'destroy'];
const OPTIONS = ['do', 'id', 'transport', 'address', 'ca', 'heartbeat', 'dialTimeout', 'handshakeTimeout'];

declare const carryOut: CarryOut;

speak<ObserverCommand>((report) => {
  const opening = openPage(process.argv[2]!, report);
  return async (command) => {
    const reason = whyImpossible(command);
    if (reason !== null) throw new Error(`${IMPOSSIBLE}: ${reason}`);
    const page = await opening;
    await page.evaluate((it) => carryOut(it), command);
  };
});

function whyImpossible(command: ObserverCommand): string | null {
  if (!COMMANDS.includes(command.do)) return command.do;
  const options = command.do === 'connect' ? Object.keys(command) : [];
  return options.find((option) => !OPTIONS.includes(option)) ?? null;
}

async function openPage(script: string, report: (report: Report) => void): Promise<Page> {
  const launched = await launchChromium();
  if ('unavailable' in launched) throw new Error(launched.unavailable);
  // The certificate of the tests is nobody's.
  const context = await launched.browser.newContext({ ignoreHTTPSErrors: true });
  const page = await context.newPage();
  page.on('pageerror', (error) => report({ say: 'failed', message: String(error.stack) }));
  await page.exposeFunction('report', report);
  await page.goto(await serveEmptyPage());
  await page.addScriptTag({ path: script, type: 'module' });
  await page.waitForFunction(() => 'carryOut' in globalThis);
  return page;
}

async function serveEmptyPage(): Promise<string> {
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<!doctype html>'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
