/** What a client behind a real proxy is told when the server is away, is killed, or is replaced in order. */
import type { Test } from 'uvu';
import * as assert from 'uvu/assert';
import { describeCause, type AnySession, type DeliveryError } from '@heartwire/core';
import { bundleEnd, End } from '../kernel/verdicts/two-ends.ts';
import { withDeadline } from '../support/with-deadline.ts';
import { BehindProxy, told, type Transport, type Watched } from './behind-proxy.ts';
import type { ProxyName } from './proxy-program.ts';

const OPTIONS = { idleSeconds: 30, shutdownSeconds: 1 } as const;
const DEADLINE_MS = 20_000;
const SEND_EACH_MS = 10;
const BEFORE_MS = 500;
/** A killed server is noticed by its kernel, and by the proxy at once. */
const TOLD_MAX_MS = 1000;

/** `awayStatus`: what a client is told over WebSocket when the server behind the proxy is away. */
export function bearLosses(behind: Test, name: ProxyName, awayStatus: '502' | '503'): void {
  for (const transport of ['ws', 'tcp'] as const) {
    behind(`${transport}: a server that is away has its cause, and is found when it comes`, () =>
      BehindProxy.with(name, OPTIONS, (scene) => bearAbsence(scene, transport, awayStatus)),
    );
    behind(`${transport}: the client of a killed server is told at once, and every message has its fate`, () =>
      BehindProxy.with(name, OPTIONS, (scene) => bearKill(scene, transport)),
    );
    behind(`${transport}: a server that is replaced in order loses nothing`, () =>
      BehindProxy.with(name, OPTIONS, (scene) => bearReplacement(scene, transport)),
    );
  }
}

async function bearAbsence(scene: BehindProxy, transport: Transport, awayStatus: string): Promise<void> {
  await scene.proxy.start();
  const client = scene.dial(transport);
  // Over TCP the proxy has accepted before it knows, and can only hang up.
  const expected = transport === 'ws' ? ['refused'] : ['finished', 'reset'];
  const cause = await client.cause(DEADLINE_MS, ({ kind }) => expected.includes(kind));
  console.log(`  ${transport}: no server: ${cause.kind}: ${describeCause(cause)}`);
  if (cause.kind === 'refused') {
    assert.equal([cause.by, cause.code], ['http', awayStatus]);
    assert.match(cause.message, awayStatus === '502' ? /does not reach the server behind it/ : /takes no connections/);
  }
  await scene.serve();
  await withDeadline(DEADLINE_MS, client.session.ready, 'a session');
}

async function bearKill(scene: BehindProxy, transport: Transport): Promise<void> {
  const { wsTarget, tcpTarget } = scene.proxy;
  const program = await bundleEnd();
  const port = transport === 'ws' ? wsTarget : tcpTarget;
  const start = (): End =>
    new End([process.execPath, program.file], {
      dial: null,
      host: '127.0.0.1',
      port,
      transport,
      heartbeat: 'default',
      messageMaxBytes: 2 ** 20,
    });
  const first = start();
  await first.address();
  await scene.proxy.start();
  const client = await open(scene, transport);
  const { session, losses } = client;
  const fates = new Fates(session);
  await pause(BEFORE_MS);
  const gap = told(session, 'gap', DEADLINE_MS);
  await first.close();
  const killedAtMs = performance.now();
  await client.cause(DEADLINE_MS, ({ kind }) => kind === 'finished' || kind === 'reset');
  const toldMs = performance.now() - killedAtMs;
  const second = start();
  try {
    await gap;
    await pause(BEFORE_MS);
    const outcomes = await fates.end();
    console.log(
      `  ${transport}: killed: told after ${toldMs.toFixed()} ms (${losses.map(({ kind }) => kind).join()}); ${JSON.stringify(outcomes)}`,
    );
    assert.ok(toldMs <= TOLD_MAX_MS, `${toldMs} ms`);
    assert.equal(
      Object.keys(outcomes).filter((outcome) => !['handled', 'unknown'].includes(outcome)),
      [],
    );
    // Those that waited for the new server were handled there.
    assert.ok(outcomes['handled']! > (2 * BEFORE_MS) / SEND_EACH_MS / 2);
  } finally {
    await second.close();
    program.remove();
  }
}

async function bearReplacement(scene: BehindProxy, transport: Transport): Promise<void> {
  const numbers: number[] = [];
  const options = {
    session: (session: { handle(type: string, handler: (number: number) => void): unknown }) =>
      void session.handle('note', (number) => void numbers.push(number)),
  };
  const old = await scene.begin(options);
  const { session } = await open(scene, transport);
  const fates = new Fates(session);
  await pause(BEFORE_MS);
  const report = await old.drain({ reconnectAfter: 100 });
  assert.is(report.closed, 1);
  await scene.serve(options);
  await pause(BEFORE_MS);
  const outcomes = await fates.end();
  console.log(`  ${transport}: replaced: ${JSON.stringify(outcomes)}`);
  assert.equal(outcomes, { handled: numbers.length });
  assert.equal(
    numbers,
    numbers.map((_, at) => at),
  );
}

async function open(scene: BehindProxy, transport: Transport): Promise<Watched> {
  const client = scene.dial(transport);
  await withDeadline(DEADLINE_MS, client.session.ready, 'a session');
  await client.session.ping();
  return client;
}

/** Small messages, one after the other, and how each of them ended. */
class Fates {
  readonly #timer: NodeJS.Timeout;
  readonly #fates: Promise<string>[] = [];

  constructor(session: AnySession) {
    this.#timer = setInterval(() => {
      const delivery = session.send('note', this.#fates.length);
      this.#fates.push(
        delivery.then(
          ({ stage }) => stage,
          (error: unknown) => (error as DeliveryError).outcome,
        ),
      );
    }, SEND_EACH_MS);
  }

  async end(): Promise<Record<string, number>> {
    clearInterval(this.#timer);
    const outcomes: Record<string, number> = {};
    for (const outcome of await withDeadline(DEADLINE_MS, Promise.all(this.#fates), 'the fate of every message'))
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    return outcomes;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
