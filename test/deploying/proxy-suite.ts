/** What a session has to bear behind a real proxy, over WebSocket and over TCP (promises P3, P5, P7, P11). */
import { suite, type Test } from 'uvu';
import * as assert from 'uvu/assert';
import { describeCause, type CloseCause, type HeartbeatPreset } from '@heartwire/core';
import { Talk, type TalkResult } from '../delivery/talk.ts';
import { withDeadline } from '../support/with-deadline.ts';
import { BehindProxy, told, type Transport, type Watched } from './behind-proxy.ts';
import { bearLosses } from './lost-servers.ts';
import { findProxy, type ProxyName } from './proxy-program.ts';
import { bearSharing } from './several-servers.ts';

const TRANSPORTS: readonly Transport[] = ['ws', 'tcp'];
const OPTIONS = { idleSeconds: 5, shutdownSeconds: 1 } as const;
/** Longer than two of the limits. */
const IDLE_MS = 12_000;
const TALK_EACH_MS = 10;
const TALK_MS = 500;
const DEADLINE_MS = 20_000;
const LARGE_BYTES = 5_000_000;
const MANY = 20_000;
const SENT_BETWEEN_WAITS = 64;

/** `awayStatus`: what a client is told over WebSocket when the server behind the proxy is away. */
export function testProxy(name: ProxyName, awayStatus: '502' | '503'): void {
  const behind = suite(`behind ${name}`);
  const found = findProxy(name);
  if ('unavailable' in found) {
    behind('is there', () => console.log(`SKIP: ${found.unavailable}`));
    behind.run();
    return;
  }
  console.log(`${name} ${found.version}`);
  behind(
    'an idle session outlives limits that its heartbeat is made for, and is resumed where they are too short',
    () => BehindProxy.with(name, OPTIONS, bearIdleness),
  );
  for (const transport of TRANSPORTS) {
    behind(`${transport}: a session bears that the proxy reads its configuration again`, () =>
      BehindProxy.with(name, OPTIONS, (scene) => bearReload(scene, transport)),
    );
    behind(`${transport}: a session bears that the proxy is stopped and started`, () =>
      BehindProxy.with(name, OPTIONS, (scene) => bearStop(scene, transport)),
    );
    behind(`${transport}: large messages and many pass, each with its fate`, () =>
      BehindProxy.with(name, OPTIONS, (scene) => carryMuch(scene, transport)),
    );
  }
  addPages(behind, name);
  bearLosses(behind, name, awayStatus);
  bearSharing(behind, name);
  behind.run();
}

async function bearIdleness(scene: BehindProxy): Promise<void> {
  const server = await scene.begin({ session: (session) => void session.handle('say', () => {}) });
  const presets: readonly HeartbeatPreset[] = ['lan', 'game', 'default'];
  const clients = TRANSPORTS.flatMap((transport) =>
    presets.map((heartbeat) => ({ transport, heartbeat, client: scene.dial(transport, { heartbeat }) })),
  );
  await pause(IDLE_MS);
  for (const { transport, heartbeat, client } of clients) {
    await withDeadline(DEADLINE_MS, client.session.send('say', heartbeat), 'a message after the idle time');
    const { states, losses } = client;
    console.log(
      `  ${transport}, ${heartbeat}, idle for ${IDLE_MS / 1000} s: cut ${losses.length} times ${kinds(losses)}`,
    );
    if (heartbeat !== 'default') {
      assert.equal(states, ['connecting', 'open']);
      continue;
    }
    assert.ok(losses.length >= 2);
    assert.equal([...new Set(losses.map(({ kind }) => kind))], ['finished']);
    // No closing handshake: a proxy does not speak for the server.
    for (const { evidence } of losses) assert.is(evidence?.wsClean, transport === 'ws' ? false : undefined);
    assert.ok(!states.includes('closed'));
  }
  assert.is(server.sessions.size, clients.length);
}

async function bearReload(scene: BehindProxy, transport: Transport): Promise<void> {
  const { client, talk } = await startTalk(scene, transport);
  const resumed = told(client.session, 'resumed', DEADLINE_MS);
  scene.proxy.reload();
  await resumed;
  await endTalk(talk);
  console.log(`  ${transport}: cut by the reload ${kinds(client.losses)}, resumed; ${describe(talk.result)}`);
}

async function bearStop(scene: BehindProxy, transport: Transport): Promise<void> {
  const { client, talk } = await startTalk(scene, transport);
  const resumed = told(client.session, 'resumed', DEADLINE_MS);
  await scene.proxy.stop();
  const refused = await client.cause(DEADLINE_MS, ({ kind }) => kind === 'refused');
  assert.is(refused.kind === 'refused' && refused.by, 'host');
  await scene.proxy.start();
  await resumed;
  await endTalk(talk);
  console.log(`  ${transport}: cut by the stop ${kinds(client.losses)}, resumed; ${describe(talk.result)}`);
}

async function carryMuch(scene: BehindProxy, transport: Transport): Promise<void> {
  const max = LARGE_BYTES + 1024;
  const limits = { messageMaxBytes: max, windowBytes: 2 * max, outboxMaxBytes: 2 * max };
  const sizes: number[] = [];
  let next = 0;
  const server = await scene.begin({
    limits,
    session(session) {
      session.handle('file', (data: Uint8Array) => void sizes.push(data.length));
      session.handle('count', (number: number) => {
        assert.is(number, next);
        next += 1;
      });
    },
  });
  const { session, states } = scene.dial(transport, { limits });
  await withDeadline(DEADLINE_MS, session.ready, 'a session');
  session.handle('file', (data: Uint8Array) => void sizes.push(data.length));
  const startedAtMs = performance.now();
  const peer = server.sessions.get(session.id)!;
  const large = [session, peer].map((end) => end.send('file', new Uint8Array(LARGE_BYTES).fill(7)));
  await withDeadline(DEADLINE_MS, Promise.all(large), 'both large messages');
  const largeMs = performance.now() - startedAtMs;
  const fates: PromiseLike<unknown>[] = [];
  for (let number = 0; number < MANY; number += 1) {
    if (number % SENT_BETWEEN_WAITS === 0) await session.writable();
    fates.push(session.send('count', number));
  }
  await withDeadline(DEADLINE_MS, Promise.all(fates), 'all messages');
  const manyMs = performance.now() - startedAtMs - largeMs;
  console.log(
    `  ${transport}: ${LARGE_BYTES / 1e6} MB both ways in ${largeMs.toFixed()} ms, ${MANY} messages in ${manyMs.toFixed()} ms`,
  );
  assert.equal(sizes, [LARGE_BYTES, LARGE_BYTES]);
  assert.is(next, MANY);
  assert.equal(states, ['connecting', 'open']);
}

/** The header Host has to arrive as the browser wrote it. */
function addPages(behind: Test, name: ProxyName): void {
  behind('ws: a page of the same host may connect, and one of another host may not', () =>
    BehindProxy.with(name, OPTIONS, async (scene) => {
      await scene.begin();
      const dialAs = (origin: string): Watched => scene.dial('ws', { reconnect: false }, { Origin: origin });
      const own = dialAs(`http://127.0.0.1:${scene.proxy.wsPort}`);
      await withDeadline(DEADLINE_MS, own.session.ready, 'a session');
      const cause = await withDeadline(DEADLINE_MS, dialAs('http://other.example').session.closed, 'a refusal');
      assert.equal([cause.kind === 'refused' && cause.code, describeCause(cause).includes('origin')], ['403', true]);
    }),
  );
}

async function startTalk(scene: BehindProxy, transport: Transport): Promise<{ client: Watched; talk: Talk }> {
  const server = await scene.begin();
  const client = scene.dial(transport);
  await withDeadline(DEADLINE_MS, client.session.ready, 'a session');
  await client.session.ping();
  const talk = new Talk(client.session, server.sessions.get(client.session.id)!, TALK_EACH_MS);
  await pause(TALK_MS);
  return { client, talk };
}

async function endTalk(talk: Talk): Promise<void> {
  await pause(TALK_MS);
  await withDeadline(DEADLINE_MS, talk.end(), () => `all messages: ${describe(talk.result)}`);
  const { lost, duplicated, reordered } = talk.result;
  assert.equal({ lost, duplicated, reordered }, { lost: 0, duplicated: 0, reordered: 0 });
}

function describe({ sent, lost, duplicated, reordered }: TalkResult): string {
  return `${sent} messages, ${lost} lost, ${duplicated} twice, ${reordered} out of order`;
}

function kinds(causes: readonly CloseCause[]): string {
  return `(${causes.map(({ kind }) => kind).join(', ')})`;
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
