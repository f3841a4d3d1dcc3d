/** Write host and port as a person would: IPv6 addresses in brackets, IPv4 addresses without their IPv6 wrapping. */
export function formatHostPort(host: string, port: number): string {
  const plain = host.startsWith('::ffff:') && host.includes('.') ? host.slice('::ffff:'.length) : host;
  return plain.includes(':') ? `[${plain}]:${port}` : `${plain}:${port}`;
}

/** A host that can be dialed in place of one that is listened on: `0.0.0.0` and `::` stand for all addresses and are none. */
export function dialableHost(host: string): string {
  if (host === '::') return 'localhost';
  return host === '0.0.0.0' ? '127.0.0.1' : host;
}
