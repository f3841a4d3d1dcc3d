/** What may be dialed, and the plain socket of Node for it. */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

export const HELP: string = `Connects, and prints how the connection stands, as the kernel tells it.

  npm run is-it-dead -- ADDRESS

  ADDRESS  localhost:7000, [::1]:7000, tls://example.org:443 or unix:/run/chat.sock

  Lines that you type are written to it; the end of the input ends our direction.
  It exits with 0 when the connection has closed, 2 when it was called wrongly.
`;

/** Begins to connect. Null when this is no address. */
export function openSocket(address: string): Socket | null {
  // Half-open: with Node's default our direction would end by itself as soon as the peer ends its own.
  const options = { allowHalfOpen: true };
  if (address.startsWith('unix:')) return connect({ ...options, path: address.slice('unix:'.length) });
  const match = /^(?:(tcp|tls):\/\/)?(?:\[([^\]]+)\]|([^:/\s]+)):(\d{1,5})\/?$/.exec(address);
  if (match === null || Number(match[4]) > 65_535) return null;
  const [, scheme, ipv6, name] = match;
  const place = { ...options, host: ipv6 ?? name ?? '', port: Number(match[4]) };
  return scheme === 'tls' ? connectTls({ servername: name ?? '', ...place }) : connect(place);
}
