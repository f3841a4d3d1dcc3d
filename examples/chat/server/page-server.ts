/**
 * Gives out the page's few files, from memory, to browsers that are told to load nothing from anywhere else. `POST /cut?link=…` cuts the
 * connection of the page that asks for it.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PageFile, PageFiles } from './page-bundle.ts';
import { PageLinks } from './page-links.ts';

export interface PageServer {
  readonly http: Server;
  readonly address: string;
  close(): Promise<void>;
}

const SECURITY_HEADERS = {
  // No inline scripts or styles; connect-src 'self' includes the WebSocket of the same host (CSP Level 3).
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
};

/** Where the pages open their WebSockets. */
export const WEB_SOCKET_PATH = '/hw';

/** Listens. Rejects with a sentence that names the port and the option when it cannot. */
export async function startPageServer(files: PageFiles, host: string, port: number): Promise<PageServer> {
  const etags = new Map([...files].map(([path, { body }]) => [path, etagOf(body)]));
  const http = createServer((request, response) => {
    const [path = '/', query] = (request.url ?? '/').split('?', 2);
    const file = files.get(path);
    if (path === '/cut' && request.method === 'POST') cut(links, query, response);
    else if (request.method !== 'GET' && request.method !== 'HEAD') refuse(response, 405, { Allow: 'GET, HEAD' });
    else if (file === undefined) refuse(response, 404);
    else give(request, response, file, etags.get(path)!);
  });
  const links = new PageLinks(http, WEB_SOCKET_PATH);
  await listen(http, host, port);
  const { port: actual, address, family } = http.address() as AddressInfo;
  return { http, address: `http://${hostInUrl(host, address, family)}:${actual}/`, close: () => close(http) };
}

/** Whoever knows the name has drawn it. */
function cut(links: PageLinks, query: string | undefined, response: ServerResponse): void {
  if (!links.cut(new URLSearchParams(query).get('link'))) return refuse(response, 404);
  response.writeHead(204, SECURITY_HEADERS).end();
}

function give(request: IncomingMessage, response: ServerResponse, file: PageFile, etag: string): void {
  const headers = { ...SECURITY_HEADERS, ETag: etag, 'Cache-Control': 'no-cache' };
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304, headers).end();
    return;
  }
  response.writeHead(200, { ...headers, 'Content-Type': file.contentType, 'Content-Length': file.body.length });
  response.end(request.method === 'HEAD' ? undefined : file.body);
}

function refuse(response: ServerResponse, status: number, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { ...SECURITY_HEADERS, ...headers, 'Content-Type': 'text/plain' });
  response.end(`${response.statusMessage}\n`);
}

function etagOf(body: Uint8Array): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
}

async function listen(http: Server, host: string, port: number): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => http.once('error', reject).listen({ port, host }, resolve));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const what =
      code === 'EADDRINUSE'
        ? 'is taken: another program listens there. Stop it, or choose another (port 0 takes a free one).'
        : `cannot be listened on: ${message}.`;
    throw new Error(`port ${port} on ${host} ${what} The option is --http-port.`, { cause: error });
  }
}

/** Browsers keep connections open for later; nobody waits for those. */
function close(http: Server): Promise<void> {
  return new Promise((resolve) => {
    http.close(() => resolve());
    http.closeAllConnections();
  });
}

/** Where a browser on this machine finds it; "all addresses" is no address to go to. */
function hostInUrl(host: string, address: string, family: string): string {
  if (host === 'localhost' || address === '0.0.0.0' || address === '::') return 'localhost';
  return family === 'IPv6' ? `[${address}]` : address;
}
