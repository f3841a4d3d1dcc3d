/** Several servers behind a real proxy: a session lives in one of them, and its client has to come back to that one. */
import type { Test } from 'uvu';
import * as assert from 'uvu/assert';
import { serve } from '@heartwire/core';
import { wsServer } from '@heartwire/transport-ws';
import { withDeadline } from '../support/with-deadline.ts';
import { BehindProxy, told } from './behind-proxy.ts';
import type { ProxyName } from './proxy-program.ts';

const OPTIONS = { idleSeconds: 30, shutdownSeconds: 1, isShared: true } as const;
const CLIENTS = 12;
const DEADLINE_MS = 20_000;

export function bearSharing(behind: Test, name: ProxyName): void {
  behind('ws: a client that names its server comes back to it', () => BehindProxy.with(name, OPTIONS, comeBack));
}

async function comeBack(scene: BehindProxy): Promise<void> {
  const second = await serve(wsServer({ port: scene.proxy.secondTarget, host: '127.0.0.1' }));
  try {
    const first = await scene.begin();
    const clients = Array.from({ length: CLIENTS }, (_, at) => scene.dialTo(`client-${at}`));
    await withDeadline(DEADLINE_MS, Promise.all(clients.map(({ session }) => session.ready)), 'all sessions');
    await Promise.all(clients.map(({ session }) => session.ping()));
    const homes = [first.sessions.size, second.sessions.size];
    const resumed = clients.map(({ session }) => told(session, 'resumed', DEADLINE_MS));
    scene.proxy.reload();
    await Promise.all(resumed);
    console.log(`  ws: ${homes.join(' and ')} sessions on two servers, all resumed after the reload`);
    assert.equal([first.sessions.size, second.sessions.size], homes);
    assert.is(homes[0]! + homes[1]!, CLIENTS);
    // That all of them fall to one server happens once in two thousand runs, and would show nothing.
    if (homes.includes(0)) console.log('  ws: all of them had fallen to one server');
  } finally {
    await second.close({ timeout: 0 });
  }
}
