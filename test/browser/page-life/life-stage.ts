/** A server, the pages that talk to it, and the browser that they are in. */
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AnyContract, CommonOptions, Server, ServerSession } from '@heartwire/core';
import { serve } from '@heartwire/core';
import { wsServer } from '@heartwire/transport-ws';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { ChromiumTab } from '../../support/chromium-tab.ts';
import { withDeadline } from '../../support/with-deadline.ts';
import type { PageReport } from './life-page.ts';

type PeerSession = ServerSession<AnyContract>;
export type Heartbeat = NonNullable<CommonOptions['heartbeat']>;

/** One page with a session, and the server's side of it. */
export interface LivePage {
  readonly tab: ChromiumTab;
  readonly peer: PeerSession;
  readonly server: Server<AnyContract>;
  /** Every verdict on the page, each once for as long as it lasted. */
  readonly verdicts: string[];
  /** Numbers from the page, in the order in which they were handled. */
  readonly up: number[];
  report(): Promise<PageReport>;
  /** Sends numbers to the page; resolves when all of them are handled. */
  tell(count: number): Promise<void>;
  close(): Promise<void>;
}

export class LifeStage {
  readonly #browser: Browser;
  readonly #http: HttpServer;
  readonly origin: string;

  private constructor(browser: Browser, http: HttpServer) {
    this.#browser = browser;
    this.#http = http;
    this.origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  }

  static async open(browser: Browser): Promise<LifeStage> {
    const [page, worker] = await Promise.all(['life-page', 'life-worker'].map(bundle));
    const scripts: Record<string, Uint8Array> = { '/page.js': page!, '/worker.js': worker! };
    const http = createServer((request, response) => {
      const script = scripts[request.url ?? ''];
      if (script !== undefined) response.setHeader('content-type', 'text/javascript').end(script);
      else response.setHeader('content-type', 'text/html').end('<script type="module" src="/page.js"></script>');
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    return new LifeStage(browser, http);
  }

  /** A server for pages of this stage. */
  serve(heartbeat: Heartbeat, session: (session: PeerSession) => void): Promise<Server<AnyContract>> {
    return serve(wsServer({ port: 0, host: '127.0.0.1', origins: [this.origin] }), { heartbeat, session });
  }

  openTab(): Promise<ChromiumTab> {
    return withDeadline(20_000, ChromiumTab.open(this.#browser, this.origin), 'a tab');
  }

  /** `via`: the port of a proxy before the server at the port that it is called with. */
  async openPage(
    heartbeat: Heartbeat,
    via: (port: number) => Promise<number> = async (port) => port,
  ): Promise<LivePage> {
    const [verdicts, up]: [string[], number[]] = [[], []];
    let [peer, told]: [PeerSession | undefined, number] = [undefined, 0];
    const server = await this.serve(heartbeat, (session) => {
      peer = session;
      session.handle('up', (number: number) => void up.push(number));
      session.liveness$.subscribe(({ status }) => verdicts.at(-1) === status || verdicts.push(status));
    });
    const tab = await this.openTab();
    const port = await via(Number(new URL(server.addresses[0]!).port));
    await withDeadline(10_000, tab.call('open', `ws://127.0.0.1:${port}`, heartbeat), 'a session');
    return {
      tab,
      peer: peer!,
      server,
      verdicts,
      up,
      report: async () => (await withDeadline(10_000, tab.call('report'), 'a report')) as PageReport,
      tell: async (count) => {
        const numbers = Array.from({ length: count }, () => (told += 1));
        await Promise.all(numbers.map((number) => peer!.send('down', number)));
      },
      close: async () => {
        await tab.close();
        await server.close({ timeout: 0 }).catch(() => {});
      },
    };
  }

  async close(): Promise<void> {
    await this.#browser.close();
    this.#http.close();
    this.#http.closeAllConnections();
  }
}

async function bundle(name: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [`${import.meta.dirname}/${name}.ts`],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: process.env['HEARTWIRE_BUILT'] ? ['browser'] : ['development', 'browser'],
    logLevel: 'error',
  });
  return outputFiles[0]!.contents;
}
