import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { connect, serve, type SessionEvent } from '@heartwire/core';
import { memoryNetwork, testClock } from '@heartwire/core/testing';
import type { Dialer, Link, LinkDegradation, LinkSink, Listener } from '@heartwire/core/transport';

const degraded = suite('a transport that cannot keep a promise');

const MISSING: LinkDegradation = { of: 'unread-bytes', message: 'unread bytes may be lost here' };

/** The same dialer on a platform that lacks something. */
function lacking(dialer: Dialer): Dialer {
  return {
    name: dialer.name,
    address: dialer.address,
    dial: (sink, signal) => dialer.dial(lackingSink(sink), signal),
  };
}

function lackingListener(listener: Listener): Listener {
  return {
    name: listener.name,
    listen: (accept) => listener.listen((info) => lackingSink(accept(info))),
  };
}

function lackingSink(sink: LinkSink): LinkSink {
  return replaced(sink, {
    open: (link: Link) => sink.open(replaced(link, { info: { ...link.info, degraded: [MISSING] } })),
  });
}

/** An object with some of its properties replaced; its methods still belong to it. */
function replaced<T extends object>(target: T, others: Partial<T>): T {
  return new Proxy(target, {
    get: (of, key) => {
      if (key in others) return others[key as keyof T];
      const value: unknown = Reflect.get(of, key);
      return typeof value === 'function' ? (value as () => unknown).bind(of) : value;
    },
  });
}

degraded('is told once per session on the side that lacks it', async () => {
  const clock = testClock();
  const { dialer, listener, network } = memoryNetwork({ clock });
  const server = await serve(listener, { clock });
  const session = connect(lacking(dialer), { clock, random: () => 0 });
  const events: SessionEvent[] = [];
  session.events$.subscribe((event) => events.push(event));
  await clock.advance(100);
  assert.equal(events, [{ type: 'degraded', ...MISSING }]);
  network.reset();
  await clock.advance(1000);
  assert.equal(
    events.map(({ type }) => type),
    ['degraded', 'resumed'],
  );
  session.destroy();
  const closed = server.close();
  await clock.advance(60_000);
  await closed;
});

degraded('is told to the handlers of a server, too', async () => {
  const clock = testClock();
  const { dialer, listener } = memoryNetwork({ clock });
  const events: string[] = [];
  const server = await serve(lackingListener(listener), {
    clock,
    session: (session) => void session.events$.subscribe(({ type }) => events.push(type)),
  });
  const session = connect(dialer, { clock });
  await clock.advance(100);
  assert.equal(events, ['degraded']);
  session.destroy();
  const closed = server.close();
  await clock.advance(60_000);
  await closed;
});

degraded.run();
