// The chat's page in a real browser: two tabs talk, every tick is followed to its end, and connections and servers go away meanwhile.
// test-limit: 180s
import type { Browser, Locator, Page } from 'playwright-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { launchChromium } from '../support/chromium.ts';
import { bundleChat, portOf, startChatServer, type ChatServerProcess } from './chat-process.ts';
import { startSwitchableProxy } from './switchable-proxy.ts';

/** Generous, because it is only ever waited out by a test that fails. */
const DEADLINE_MS = 20_000;

const launched = await launchChromium();
if ('unavailable' in launched) console.log(`SKIP: ${launched.unavailable}`);

interface Context {
  browser: Browser;
  server: ChatServerProcess;
  removeBundle: () => void;
  problems: string[];
}

const page = suite<Context>('the chat page in Chromium');

page.before(async (context) => {
  if (!('browser' in launched)) return;
  context.browser = launched.browser;
  context.removeBundle = await bundleChat();
  context.server = await startChatServer();
});

page.before.each((context) => {
  context.problems = [];
});

page.after(async ({ browser, server, removeBundle }: Partial<Context>) => {
  await browser?.close();
  await server?.dispose();
  removeBundle?.();
});

const test: typeof page | typeof page.skip = 'browser' in launched ? page : page.skip;

test('lets two tabs talk, and follows every message until it is handled', async ({ browser, server, problems }) => {
  const context = await browser.newContext();
  try {
    const ada = await join(await context.newPage(), server.pageAddress, 'Ada', problems);
    const grace = await join(await context.newPage(), server.pageAddress, 'Grace', problems);
    await seen(ada.getByText('Grace joined'));
    assert.equal(await ada.locator('#people .person').allTextContents(), ['Ada', 'Grace']);

    await say(ada, 'Hello <b>Grace</b>\n& welcome');
    await seen(ada.locator('.row.own .tick.handled'));
    await seen(grace.locator('.row:not(.own) .bubble'));
    assert.is(await grace.locator('.row:not(.own) .bubble').textContent(), 'Hello <b>Grace</b>\n& welcome');
    assert.is(await grace.locator('.row:not(.own) .author').textContent(), 'Ada');

    for (const word of ['one', 'two', 'three']) await say(grace, word);
    await seen(ada.getByText('three', { exact: true }));
    await seen(grace.locator('.row.own:last-child .tick.handled'));
    assert.equal(await ada.locator('.row:not(.own) .bubble').allTextContents(), ['one', 'two', 'three']);
    assert.is(await grace.locator('.row.own .tick').count(), 3);
    assert.is(await grace.locator('.row.own .tick.handled').count(), 3);
    const label = await grace.locator('.row.own .tick').first().getAttribute('aria-label');
    assert.match(label ?? '', /^handled after [\d.]+ m?s/);
    assert.equal(server.logged(), ['Hello <b>Grace</b>\\n& welcome', 'one', 'two', 'three']);

    await seen(ada.locator('#liveness[data-status=alive]'));
    assert.match((await ada.locator('#liveness .round-trip').textContent()) ?? '', /^[\d.]+ m?s$/);

    await say(ada, 'x'.repeat(16_385));
    await seen(ada.locator('.row.own .tick.failed'));
    await seen(ada.getByText('That is too long: 16385 characters, at most 16384.'));

    await grace.locator('#leave').click();
    await seen(ada.getByText('Grace left'));
    await seen(grace.locator('#join'));
    assert.equal(problems, []);
  } finally {
    await context.close();
  }
});

test('loses nothing when its connection is cut, and tells so', async ({ browser, server, problems }) => {
  const context = await browser.newContext();
  const before = server.logged().length;
  try {
    const ada = await join(await context.newPage(), server.pageAddress, 'Ada', problems);
    const grace = await join(await context.newPage(), server.pageAddress, 'Grace', problems);
    await say(ada, 'before');
    await seen(grace.getByText('before'));

    await ada.getByRole('button', { name: 'Cut the connection' }).click();
    await seen(ada.getByText('Connection lost. What you write waits.'));
    await seen(ada.locator('#liveness[data-status=dead]'));
    assert.ok(await ada.locator('#cut').isDisabled());
    await say(ada, 'meanwhile');
    await say(grace, 'and nobody left');
    await seen(grace.locator('.row.own .tick.handled'));
    await seen(ada.locator('.row.own:last-child .tick.queued'));
    await seen(ada.getByText(/Next attempt in \d s\./));

    await seen(ada.getByText('Back again. Nothing was lost.'));
    await seen(ada.locator('#liveness[data-status=alive]'));
    await seen(ada.getByText('and nobody left'));
    await seen(grace.getByText('meanwhile'));
    assert.is(await ada.locator('.row.own .tick.handled').count(), 2);
    assert.equal(server.logged().slice(before), ['before', 'and nobody left', 'meanwhile']);
    assert.is(await grace.getByText('Ada left').count(), 0);
    assert.ok(await ada.locator('#cut').isEnabled());
    assert.equal(problems, []);
  } finally {
    await context.close();
  }
});

test('says what is in doubt when another server answers, which gets what has waited', async ({ browser, problems }) => {
  const first = await startChatServer();
  const second = await startChatServer();
  const proxy = await startSwitchableProxy(Number(portOf(first.pageAddress)));
  const context = await browser.newContext();
  try {
    const ada = await join(await context.newPage(), `http://localhost:${proxy.port}/`, 'Ada', problems);
    await say(ada, 'before');
    await seen(ada.locator('.row.own .tick.handled'));
    // It stands still, so nobody will ever know what became of this.
    first.program.child.kill('SIGSTOP');
    await say(ada, 'doubtful');
    await seen(ada.locator('.row.own:last-child .tick.sent'));
    proxy.target = 1;
    proxy.cut();
    await seen(ada.getByText('Connection lost.'));
    await say(ada, 'waiting');
    proxy.target = Number(portOf(second.pageAddress));

    await seen(ada.getByText('The server has begun anew.'));
    await seen(ada.locator('.row.own .tick.unknown'));
    await seen(ada.getByText('In doubt: it was on its way when the session ended, and may have arrived.'));
    await seen(ada.locator('.row.own .tick.handled').nth(1));
    assert.equal(second.logged(), ['waiting']);
    await ada.getByRole('button', { name: 'Send again, even if it arrives twice' }).click();
    await seen(ada.locator('.row.own:last-child .tick.handled'));
    assert.equal(second.logged(), ['waiting', 'doubtful']);
    assert.is(await ada.locator('#banner').isVisible(), false);
    assert.equal(problems, []);
  } finally {
    await context.close();
    await proxy.close();
    await first.dispose();
    await second.dispose();
  }
});

test('says that the conversation is over when the server says goodbye, and begins anew', async ({
  browser,
  problems,
}) => {
  const first = await startChatServer();
  const second = await startChatServer();
  const proxy = await startSwitchableProxy(Number(portOf(first.pageAddress)));
  const context = await browser.newContext();
  try {
    const ada = await join(await context.newPage(), `http://localhost:${proxy.port}/`, 'Ada', problems);
    await first.program.stop('SIGTERM');
    await seen(ada.getByText('The conversation is over. Closed by the peer: the server is shutting down.'));
    await seen(ada.locator('#liveness[data-status=dead]'));
    assert.ok(await ada.locator('#send').isDisabled());
    proxy.target = Number(portOf(second.pageAddress));
    await ada.getByRole('button', { name: 'Begin anew' }).click();
    await seen(ada.locator('#people .person'));
    await say(ada, 'after');
    await seen(ada.locator('.row.own .tick.handled'));
    assert.equal(second.logged(), ['after']);
    assert.equal(problems, []);
  } finally {
    await context.close();
    await proxy.close();
    await first.dispose();
    await second.dispose();
  }
});

test('leaves the room when the page is loaded again', async ({ browser, server, problems }) => {
  const context = await browser.newContext();
  try {
    // Tabs that a test drops without a word stay in the room for a while; these names are nobody's.
    const linus = await join(await context.newPage(), server.pageAddress, 'Linus', problems);
    const margaret = await join(await context.newPage(), server.pageAddress, 'Margaret', problems);
    await linus.reload();
    await seen(margaret.getByText('Linus left'));
    await linus.getByRole('button', { name: 'Join' }).click();
    await seen(margaret.getByText('Linus joined'));
    assert.is(await linus.locator('#own-name').textContent(), 'Linus');
    assert.equal(problems, []);
  } finally {
    await context.close();
  }
});

test('keeps somebody at the entrance whose name is not accepted', async ({ browser, server, problems }) => {
  const context = await browser.newContext();
  try {
    const tab = await context.newPage();
    await open(tab, server.pageAddress, problems);
    await tab.getByRole('button', { name: 'Join' }).click();
    await seen(tab.getByText('Please choose a name.'));
    await tab.getByLabel('Your name').fill('x'.repeat(40));
    await tab.getByRole('button', { name: 'Join' }).click();
    await seen(tab.getByText('Please choose a shorter name: 40 characters, at most 32.'));
    await tab.getByLabel('Your name').fill('Ada');
    await tab.getByLabel('Your name').press('Enter');
    await seen(tab.locator('#people .person'));
    assert.equal(problems, []);
  } finally {
    await context.close();
  }
});

test('fits a phone, without a scroll bar to the side', async ({ browser, server, problems }) => {
  const context = await browser.newContext({ viewport: { width: 360, height: 640 } });
  try {
    const ada = await join(await context.newPage(), server.pageAddress, 'Ada', problems);
    await say(ada, 'supercalifragilisticexpialidocious'.repeat(10));
    await seen(ada.locator('.row.own .tick.handled'));
    assert.is(await ada.evaluate(() => document.documentElement.scrollWidth), 360);
    const title = ada.locator('.bar-title');
    assert.ok(await title.evaluate(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth));
    await ada.getByRole('button', { name: 'Cut the connection' }).click();
    await seen(ada.getByText('Connection lost.'));
    assert.is(await ada.evaluate(() => document.documentElement.scrollWidth), 360);
    assert.is(await ada.locator('#people').isVisible(), false);
    await ada.getByRole('button', { name: 'people online' }).click();
    await seen(ada.locator('#people .person'));
    assert.equal(problems, []);
  } finally {
    await context.close();
  }
});
page.run();

/** Everything that the browser complains about is a problem: errors, and what the security policy forbids. */
async function open(tab: Page, address: string, problems: string[]): Promise<void> {
  tab.setDefaultTimeout(DEADLINE_MS);
  tab.on('pageerror', (error) => problems.push(String(error)));
  tab.on('console', (message) => {
    // The browser itself reports a WebSocket that it could not open or that broke.
    if (message.type() === 'error' && !/WebSocket connection/.test(message.text())) problems.push(message.text());
  });
  await tab.goto(address);
}

async function join(tab: Page, address: string, name: string, problems: string[]): Promise<Page> {
  await open(tab, address, problems);
  await tab.getByLabel('Your name').fill(name);
  await tab.getByRole('button', { name: 'Join' }).click();
  await seen(tab.locator('#people').getByText('you', { exact: true }), 'attached');
  return tab;
}

async function say(tab: Page, text: string): Promise<void> {
  await tab.getByLabel('Message', { exact: true }).fill(text);
  await tab.getByRole('button', { name: 'Send', exact: true }).click();
}

async function seen(locator: Locator, state: 'visible' | 'attached' = 'visible'): Promise<void> {
  await locator.first().waitFor({ state });
}
