/**
 * Many clients in one process; each of them handles what it is told at once. Arguments: the server's address, and how many.
 *
 * With the third argument `silenced` they come by way of a proxy, and when the parent says so, it stops: it reads nothing and forwards nothing any more, of connections that
 * stand and of new ones, and nobody hears of an end. That is what a cable looks like that was pulled.
 */
import { connect } from '@heartwire/core';
import { tcp } from '@heartwire/transport-tcp';
import { startProxy, portOf, through, type ProxyPair } from './proxy.ts';

/** The server's queue of new connections is short. */
const AT_ONCE = 50;

const [address = '', count = '0', mode] = process.argv.slice(2);
const isSilenced = mode === 'silenced';
const pairs = new Set<ProxyPair>();
let isSilent = false;
const target = isSilenced ? through(await startProxy(portOf(address), join), address) : address;

for (let made = 0; made < Number(count); made += AT_ONCE) {
  const some = Array.from({ length: Math.min(AT_ONCE, Number(count) - made) }, () => {
    const session = connect(tcp(target), { name: mode ?? 'crowd' });
    session.handle('news', () => {});
    return session.ready;
  });
  await Promise.all(some);
}
process.on('message', () => {
  isSilent = true;
  for (const pair of pairs) silence(pair);
  process.send!('silent');
});
process.on('disconnect', () => process.exit());
process.send!('ready');

function join(pair: ProxyPair): void {
  if (isSilent) return silence(pair);
  pairs.add(pair);
  const { near, far } = pair;
  near.on('data', (chunk: Buffer) => void (isSilent || far.write(chunk)));
  far.on('data', (chunk: Buffer) => void (isSilent || near.write(chunk)));
}

function silence({ near, far }: ProxyPair): void {
  near.pause();
  far.pause();
}
