/** One bare connection of the peer: what it wrote, and how much of that has arrived by the word of the kernel. */
import type { Socket } from 'node:net';
import type { KernelSocket } from './kernel-sockets.ts';
import type { Arrival } from './peer-word.ts';
import { binaryMessage, shakeHands } from './raw-web-socket.ts';
import { patternAt, type BatchPlan, type ConnectionPlan } from './schedule-plan.ts';

/** A TLS record of 16 KiB of plain text, with its head, type and tag (RFC 8446 §5.2): so much may be cut off by the edge of what has arrived. */
const RECORD_BYTES = 16_384 + 22;

export class PeerConnection {
  readonly raw: Socket;
  readonly role: 'server' | 'client';
  /** The port of the side that dialed. */
  readonly port: number;
  isStanding = false;
  readonly #socket: Socket;
  readonly #batch: BatchPlan;
  readonly #index: number;
  /** Where each message ends in the stream that the socket carries, and how much of the peer's own bytes that is. */
  readonly #ends: { readonly stream: number; readonly own: number }[] = [];
  #streamBytes = 0;
  #ownBytes = 0;
  #handedOverBytes = 0;

  constructor(raw: Socket, socket: Socket, batch: BatchPlan, index: number, role: 'server' | 'client') {
    this.raw = raw;
    this.role = role;
    this.port = (role === 'server' ? raw.remotePort : raw.localPort) ?? 0;
    this.#socket = socket;
    this.#batch = batch;
    this.#index = index;
    for (const each of [raw, socket]) each.on('error', () => {});
  }

  /** Everything that comes before the first byte of a program. */
  async stand(): Promise<void> {
    const isClient = this.role === 'client';
    if (this.#batch.isSecure)
      await new Promise((done) => this.#socket.once(isClient ? 'secureConnect' : 'secure', done));
    if (this.#batch.isWeb) this.#streamBytes = await shakeHands(this.#socket, this.role);
    this.#handedOverBytes = this.#streamBytes;
    this.isStanding = true;
    if (this.#plan.isDeaf) this.#socket.pause();
    else this.#socket.resume();
  }

  async writeAll(): Promise<void> {
    for (const { bytes, pauseMs } of this.#plan.writes) {
      if (pauseMs > 0) await new Promise((done) => setTimeout(done, pauseMs));
      const own = patternAt(this.port, this.#ownBytes, bytes);
      const piece = this.#batch.isWeb ? binaryMessage(own, this.role) : own;
      this.#streamBytes += piece.length;
      this.#ownBytes += bytes;
      this.#ends.push({ stream: this.#streamBytes, own: this.#ownBytes });
      this.#socket.write(piece, (error) => {
        if (!error) this.#handedOverBytes += piece.length;
      });
    }
  }

  arrival(inKernel: KernelSocket | undefined): Arrival {
    const arrivedBytes = inKernel === undefined ? -1 : this.#ownArrived(this.#streamArrived(inKernel));
    return { port: this.port, index: this.#index, writtenBytes: this.#ownBytes, arrivedBytes };
  }

  strike(): void {
    const { fault } = this.#plan;
    if (fault === 'rst') this.raw.resetAndDestroy();
    else if (fault === 'close') this.#socket.destroy();
    else this.#socket.resume().end();
  }

  get #plan(): ConnectionPlan {
    return this.#batch.connections[this.#index] as ConnectionPlan;
  }

  /** Of the stream above TLS, where there is TLS. */
  #streamArrived({ ackedBytes, waitingBytes }: KernelSocket): number {
    if (!this.#batch.isSecure) return ackedBytes - (this.role === 'client' ? 1 : 0);
    return waitingBytes === 0 ? this.#handedOverBytes : this.#handedOverBytes - waitingBytes - RECORD_BYTES;
  }

  /** Half a WebSocket message is none. */
  #ownArrived(streamArrived: number): number {
    if (!this.#batch.isWeb) return Math.max(0, streamArrived);
    return this.#ends.filter(({ stream }) => stream <= streamArrived).at(-1)?.own ?? 0;
  }
}
