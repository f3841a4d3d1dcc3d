/** The peer's process, from our side. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { withDeadline } from '../support/with-deadline.ts';
import type { PeerOrder, PeerWord } from './peer-word.ts';

/** Generous, because it is only ever waited out by a test that fails. */
const DEADLINE_MS = 20_000;
const BLOCK_MAX_MS = 10_000;

export class PeerProcess {
  readonly #child: ChildProcess;
  readonly #heard: PeerWord[] = [];
  #look: () => void = () => {};

  /** Starts the bundle of raw-peer.ts, with the Node that runs this. */
  constructor(bundle: string) {
    this.#child = fork(bundle, { execArgv: [] });
    this.#child.on('message', (word: PeerWord) => {
      this.#heard.push(word);
      this.#look();
    });
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves when the order is in the channel. */
  order(order: PeerOrder): Promise<void> {
    return new Promise((done, fail) => this.#child.send(order, (error) => (error ? fail(error) : done())));
  }

  async next<T extends PeerWord['type']>(type: T): Promise<Extract<PeerWord, { type: T }>> {
    const heard = new Promise<void>((done) => {
      this.#look = () => {
        if (this.#heard.length > 0) done();
      };
      this.#look();
    });
    await withDeadline(DEADLINE_MS, heard, `the peer's word '${type}'`);
    const word = this.#heard.shift() as PeerWord;
    if (word.type !== type) throw new Error(`the peer said '${word.type}' and not '${type}'`);
    return word as Extract<PeerWord, { type: T }>;
  }

  /** Keeps our event loop from doing anything until the peer has struck, and for so long at least. */
  blockUntilStruck(mark: string, isKilled: boolean, minMs = 0): void {
    const startedAtMs = performance.now();
    const isOver = (): boolean => existsSync(mark) && (!isKilled || this.#isDead());
    while (performance.now() - startedAtMs < minMs || !isOver()) {
      block(1);
      if (performance.now() - startedAtMs > BLOCK_MAX_MS) throw new Error('the peer did not strike');
    }
  }

  async end(): Promise<void> {
    if (!this.isRunning) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await withDeadline(DEADLINE_MS, exited, 'the end of the peer');
  }

  /** Asked of the system, because our loop, which would tell, is blocked. A zombie has no sockets any more. */
  #isDead(): boolean {
    try {
      return / Z /.test(readFileSync(`/proc/${this.#child.pid}/stat`, 'latin1'));
    } catch {
      return true;
    }
  }
}

const never = new Int32Array(new SharedArrayBuffer(4));

/** Keeps our event loop from doing anything. It leaves the processor to the peer, which a busy loop would not. */
export function block(ms: number): void {
  Atomics.wait(never, 0, 0, ms);
}
