/**
 * What attempts to resume somebody's session are made against: a server of the laid-open library, a session whose client is away and that has something of
 * everything (waiting, in flight, received and not acknowledged, refused, running), one whose client is connected, and a stranger's.
 */
import * as assert from 'uvu/assert';
import type { Clock, Dialer, Server, ServerSession, Session } from '@heartwire/core';
import { decodeHello, type Hello, type Resumption } from '../../packages/core/src/connection/handshake.ts';
import type { SessionHandle } from '../../packages/core/src/runtime/session-handle.ts';
import { hashOfState, linesOfState, type StateHash } from './deep-state.ts';
import { openLibrary, type OpenLibrary } from './open-library.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- any contract
type Contract = any;

export interface Credentials {
  readonly who: string;
  /** `authenticate` waits until this gate is opened. */
  readonly gate?: number;
  readonly isRevoked?: boolean;
}

/** One client and its session. */
export interface Victim {
  readonly who: string;
  readonly client: Session;
  /** Each HELLO that it said, with the preface. */
  readonly hellos: Uint8Array[];
  /** What its handlers saw, on either side, in order. */
  readonly heard: { readonly up: unknown[]; readonly down: unknown[] };
  readonly sent: { readonly up: unknown[]; readonly down: unknown[] };
}

const PREFACE_AND_LENGTH = 6;

export class ResumeStage {
  readonly #library: OpenLibrary;
  readonly #clock: ReturnType<OpenLibrary['testClock']>;
  readonly network: ReturnType<OpenLibrary['memoryNetwork']>['network'];
  readonly dialer: Dialer;
  readonly #listener: ReturnType<OpenLibrary['memoryNetwork']>['listener'];
  /** The server's timers. */
  readonly #timers = new Set<{ readonly atMs: number }>();
  readonly #gates = new Map<number, () => void>();
  readonly #victims = new Map<string, Victim>();
  /** Handlers of `slow` that run. */
  readonly #slow: (() => void)[] = [];
  #server!: Server<Contract>;
  /** Its client is away, connected, somebody else. */
  away!: Victim;
  connected!: Victim;
  other!: Victim;

  private constructor(library: OpenLibrary) {
    this.#library = library;
    this.#clock = library.testClock();
    const { dialer, listener, network } = library.memoryNetwork({ clock: this.#clock });
    this.dialer = dialer;
    this.#listener = listener;
    this.network = network;
  }

  static async set(): Promise<ResumeStage> {
    const stage = new ResumeStage(await openLibrary());
    await stage.#serve();
    stage.away = await stage.#enter('anna');
    await stage.#loseConnections(stage.away, 4);
    await stage.#leave(stage.away);
    stage.connected = await stage.#enter('carla');
    stage.other = await stage.#enter('bert');
    for (const victim of [stage.connected, stage.other]) await stage.#occupy(victim);
    assert.equal(stage.statuses, ['suspended', 'open', 'open']);
    return stage;
  }

  get statuses(): string[] {
    return [this.away, this.connected, this.other].map((victim) => this.#peerOf(victim).state$.value.status);
  }

  /** All that the server knows, and when it will do something. */
  hash(): StateHash {
    return hashOfState([this.#server, this.#timers]);
  }

  lines(): string[] {
    return linesOfState([this.#server, this.#timers]);
  }

  settle(): Promise<void> {
    return this.#clock.settle();
  }

  openGate(gate: number): void {
    this.#gates.get(gate)!();
    this.#gates.delete(gate);
  }

  /** What the rightful client would say now. */
  resumptionOf({ client }: Victim): Resumption {
    return (client as unknown as SessionHandle).driver.session.resumption!;
  }

  /** The number of the last attempt that was admitted. */
  attemptOf({ hellos }: Victim): number {
    return helloOf(hellos.at(-1)!).attempt;
  }

  /** Who is away comes back, everybody finishes what is begun, and says a little more. */
  async finish(): Promise<void> {
    for (let round = 0; round < 20; round += 1) {
      for (const done of this.#slow.splice(0)) done();
      await this.#clock.advance(100);
    }
    for (const victim of this.#victims.values()) this.#say(victim, 'the last word', true);
    await this.#clock.advance(100);
  }

  async close(): Promise<void> {
    for (const { client } of this.#victims.values()) client.destroy();
    const closed = this.#server.close();
    await this.#clock.advance(12_000);
    await closed;
    assert.is(this.#timers.size, 0);
  }

  async #serve(): Promise<void> {
    const clock: Clock = {
      now: () => this.#clock.now(),
      epochOffset: this.#clock.epochOffset,
      schedule: (callback, delay) => this.#schedule(callback, delay),
    };
    this.#server = await this.#library.serve<Contract>(this.#listener, {
      clock,
      authenticate: (auth) => this.#authenticate(auth as Credentials),
      principal: String,
      session: (session) => this.#handle(session),
    });
  }

  #schedule(callback: () => void, delay: number): () => void {
    const timer = { atMs: this.#clock.now() + delay };
    this.#timers.add(timer);
    const cancel = this.#clock.schedule(() => {
      this.#timers.delete(timer);
      callback();
    }, delay);
    return () => {
      this.#timers.delete(timer);
      cancel();
    };
  }

  async #authenticate({ who, gate, isRevoked }: Credentials): Promise<string> {
    if (gate !== undefined) await new Promise<void>((resolve) => this.#gates.set(gate, resolve));
    if (isRevoked === true) throw new Error('revoked');
    return who;
  }

  #handle(session: ServerSession<Contract>): void {
    const heard = (data: unknown): void => void this.#victims.get(session.auth as string)!.heard.up.push(data);
    session.handle('say', heard);
    session.handle('slow', async (data) => {
      heard(data);
      await new Promise<void>((resolve) => this.#slow.push(resolve));
    });
  }

  async #enter(who: string): Promise<Victim> {
    const hellos: Uint8Array[] = [];
    const client = this.#library.connect(this.#noting(hellos), {
      clock: this.#clock,
      auth: { who },
      reconnect: { initial: 100, max: 100 },
    });
    const victim: Victim = { who, client, hellos, heard: { up: [], down: [] }, sent: { up: [], down: [] } };
    this.#victims.set(who, victim);
    client.handle('say', (data) => void victim.heard.down.push(data));
    await this.#clock.settle();
    return victim;
  }

  /** Only the first write of each connection is a HELLO. */
  #noting(hellos: Uint8Array[]): Dialer {
    const { dialer } = this;
    return {
      ...dialer,
      dial: (sink, signal) =>
        dialer.dial(
          {
            open(link) {
              let isFirst = true;
              sink.open({
                ...link,
                write(bytes) {
                  if (isFirst) hellos.push(bytes.slice());
                  isFirst = false;
                  return link.write(bytes);
                },
              });
            },
            bytes: (chunk) => sink.bytes(chunk),
            drained: () => sink.drained(),
            readEnded: () => sink.readEnded(),
            closed: (cause) => sink.closed(cause),
          },
          signal,
        ),
    };
  }

  async #loseConnections(victim: Victim, count: number): Promise<void> {
    for (let at = 0; at < count; at += 1) {
      this.#say(victim, `before loss ${at}`, true);
      await this.#clock.settle();
      this.network.reset();
      await this.#clock.advance(200);
    }
  }

  /** A handler that runs, messages behind it, one that nobody handles. */
  async #occupy(victim: Victim): Promise<void> {
    this.#say(victim, 'quick', true);
    this.#send(victim.client, 'unheard-of', null);
    this.#send(victim.client, 'slow', this.#noted(victim.sent.up, 'slow'));
    this.#say(victim, 'behind it', false);
    await this.#clock.settle();
  }

  /** Loses its connection in the middle of everything. */
  async #leave(victim: Victim): Promise<void> {
    await this.#occupy(victim);
    this.network.blackhole('down');
    this.#say(victim, 'not acknowledged', true);
    this.#send(victim.client, 'unheard-of', null);
    await this.#clock.settle();
    this.network.blackhole();
    this.#say(victim, 'not arrived', true);
    await this.#clock.settle();
    this.network.reset();
    this.network.heal();
    await this.#clock.settle();
    this.#say(victim, 'not written', true);
    await this.#clock.settle();
  }

  #say(victim: Victim, text: string, isBoth: boolean): void {
    this.#send(victim.client, 'say', this.#noted(victim.sent.up, text));
    if (isBoth) this.#send(this.#peerOf(victim), 'say', this.#noted(victim.sent.down, text));
  }

  #send(session: Session, type: string, data: unknown): void {
    session.send(type, data).catch(() => {});
  }

  #noted(sent: unknown[], text: string): string {
    const unique = `${sent.length}: ${text}`;
    sent.push(unique);
    return unique;
  }

  #peerOf({ client }: Victim): Session {
    return this.#server.sessions.get(client.id)!;
  }
}

/** What stands in the HELLO that these bytes are. */
export function helloOf(bytes: Uint8Array): Hello {
  // A length of two bytes, then the head.
  const start = PREFACE_AND_LENGTH + (bytes[PREFACE_AND_LENGTH - 1]! >= 0x40 ? 1 : 0) + 1;
  return decodeHello(bytes.subarray(start));
}
