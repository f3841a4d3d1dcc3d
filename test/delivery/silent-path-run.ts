/**
 * A session in which both sides talk all the time, and a path that falls silent in the middle of it: how long it takes from *suspect* until the session works again, and what became of the messages
 * (promises P3, P11, P15).
 */
import { connect, serve, type AnySession, type SessionEvent } from '@heartwire/core';
import { tcp, tcpServer } from '@heartwire/transport-tcp';
import { withDeadline } from '../support/with-deadline.ts';
import { startForgetfulProxy } from './forgetful-proxy.ts';
import { portOf, through } from './proxy.ts';
import { Talk, type TalkResult } from './talk.ts';

export interface SilentPathOptions {
  /** Whether new connections work while the first one is silent. */
  readonly isForgotten: boolean;
  /** When the path heals, where it is not the connection that is forgotten. */
  readonly healAfterMs: number;
  readonly race: boolean;
  readonly deadlineMs: number;
}

export interface SilentPathResult extends TalkResult {
  /** All counted from the beginning of the silence. */
  readonly suspectAfterMs: number;
  readonly racingAfterMs: number | null;
  readonly resumedAfterMs: number;
  readonly states: readonly string[];
}

const EVERY_MS = 40;
/** Before the silence, and after it. */
const TALK_MS = 400;

export async function runSilentPath(options: SilentPathOptions): Promise<SilentPathResult> {
  const { isForgotten, healAfterMs, race, deadlineMs } = options;
  const server = await serve(tcpServer({ port: 0, host: '127.0.0.1' }), { heartbeat: 'game' });
  const [address = ''] = server.addresses;
  const proxy = await startForgetfulProxy(portOf(address));
  const client = connect(tcp(through(proxy, address)), { heartbeat: 'game', reconnect: { race } });
  try {
    await withDeadline(5000, client.ready, 'the session to open');
    await client.ping();
    const talk = new Talk(client, server.sessions.get(client.id)!, EVERY_MS);
    const states: string[] = [];
    client.state$.subscribe(({ status }) => void (states.at(-1) === status || states.push(status)));
    await pause(TALK_MS);
    const atMs = performance.now();
    const told = (type: SessionEvent['type']): Promise<number> => timeOf(client, type, atMs);
    const [racing, resumed] = [told('racing'), told('resumed')];
    const suspect = whenSuspect(client, atMs);
    if (isForgotten) proxy.forget();
    else {
      proxy.blackhole();
      setTimeout(() => proxy.heal(), healAfterMs);
    }
    const suspectAfterMs = await withDeadline(deadlineMs, suspect, 'a suspicion');
    const resumedAfterMs = await withDeadline(deadlineMs, resumed, 'the session to go on');
    await pause(TALK_MS);
    await withDeadline(deadlineMs, talk.end(), () => `all messages: ${JSON.stringify(talk.result)}`);
    const racingAfterMs = await Promise.race([racing, pause(0).then(() => null)]);
    return { suspectAfterMs, racingAfterMs, resumedAfterMs, states: states.slice(), ...talk.result };
  } finally {
    client.destroy();
    await server.close({ timeout: 0 });
    await proxy.close();
  }
}

function timeOf({ events$ }: AnySession, wanted: SessionEvent['type'], fromMs: number): Promise<number> {
  return new Promise((resolve) => {
    events$.subscribe(({ type }) => {
      if (type === wanted) resolve(performance.now() - fromMs);
    });
  });
}

function whenSuspect({ liveness$ }: AnySession, fromMs: number): Promise<number> {
  return new Promise((resolve) => {
    liveness$.subscribe(({ status }) => {
      if (status === 'suspect') resolve(performance.now() - fromMs);
    });
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
