/**
 * A tab that can be hidden, frozen and woken. Playwright keeps its own pages visible whatever happens to their windows, so this one is made and spoken to below it, in the protocol of the
 * developer tools.
 */
import type { Browser, CDPSession } from 'playwright-core';

interface Answer {
  readonly id?: number;
  readonly error?: { readonly message: string };
  readonly result?: Record<string, unknown>;
}

interface Evaluated {
  readonly result: { readonly value?: unknown };
  readonly exceptionDetails?: { readonly exception?: { readonly description?: string }; readonly text: string };
}

export class ChromiumTab {
  readonly #session: CDPSession;
  readonly #targetId: string;
  readonly #sessionId: string;
  readonly #answers = new Map<number, (answer: Answer) => void>();
  #lastId = 0;

  private constructor(session: CDPSession, targetId: string, sessionId: string) {
    this.#session = session;
    this.#targetId = targetId;
    this.#sessionId = sessionId;
    session.on('Target.receivedMessageFromTarget', (event) => {
      if (event.sessionId !== sessionId) return;
      const answer = JSON.parse(event.message) as Answer;
      if (answer.id === undefined) return;
      this.#answers.get(answer.id)?.(answer);
      this.#answers.delete(answer.id);
    });
  }

  /** A tab in a window of its own, whose script has made `api`. */
  static async open(browser: Browser, url: string): Promise<ChromiumTab> {
    const session = await browser.newBrowserCDPSession();
    const { targetId } = await session.send('Target.createTarget', { url, newWindow: true });
    const { sessionId } = await session.send('Target.attachToTarget', { targetId, flatten: false });
    const tab = new ChromiumTab(session, targetId, sessionId);
    await tab.evaluate(
      'new Promise((found) => { const look = () => globalThis.api ? found() : setTimeout(look, 10); look(); })',
    );
    return tab;
  }

  /** What an expression comes to, in the page. A promise is waited for. */
  async evaluate(expression: string): Promise<unknown> {
    const options = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = (await this.#ask('Runtime.evaluate', options)) as unknown as Evaluated;
    if (exceptionDetails === undefined) return result.value;
    throw new Error(`in the page: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
  }

  /** Calls a function of the page's `api`. */
  call(name: string, ...args: readonly unknown[]): Promise<unknown> {
    return this.evaluate(`api.${name}(${args.map((it) => JSON.stringify(it)).join()})`);
  }

  async hide(): Promise<void> {
    await this.#setWindow('minimized');
  }

  async show(): Promise<void> {
    await this.#setWindow('normal');
  }

  /** Hides it, too. */
  async freeze(): Promise<void> {
    await this.#ask('Page.setWebLifecycleState', { state: 'frozen' });
  }

  /** It stays hidden until it is shown. */
  async resume(): Promise<void> {
    await this.#ask('Page.setWebLifecycleState', { state: 'active' });
  }

  async close(): Promise<void> {
    await this.#session.send('Target.closeTarget', { targetId: this.#targetId });
    await this.#session.detach();
  }

  async #setWindow(windowState: 'minimized' | 'normal'): Promise<void> {
    const { windowId } = (await this.#ask('Browser.getWindowForTarget', {})) as { windowId: number };
    await this.#session.send('Browser.setWindowBounds', { windowId, bounds: { windowState } });
  }

  async #ask(method: string, params: object): Promise<Record<string, unknown>> {
    const id = (this.#lastId += 1);
    const answered = new Promise<Answer>((resolve) => this.#answers.set(id, resolve));
    const message = JSON.stringify({ id, method, params });
    await this.#session.send('Target.sendMessageToTarget', { message, sessionId: this.#sessionId });
    const { error, result } = await answered;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result ?? {};
  }
}
