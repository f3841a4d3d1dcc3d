/** A proxy that cuts its connections after as many bytes as a plan says, in the middle of a frame or wherever that is. */
import type { Socket } from 'node:net';
import type { CutPlan, Ending } from './cut-plan.ts';
import { startProxy, type Proxy, type ProxyPair } from './proxy.ts';

export function startCuttingProxy(target: number, plan: CutPlan): Promise<Proxy> {
  return startProxy(target, (pair) => new CutConnection(pair, plan));
}

class CutConnection {
  readonly #pair: ProxyPair;
  readonly #plan: CutPlan;
  /** Null until the plan is armed: the allowance counts from then on. */
  #allowedBytes: number | null = null;
  #carriedBytes = 0;
  #isCut = false;

  constructor(pair: ProxyPair, plan: CutPlan) {
    this.#pair = pair;
    this.#plan = plan;
    this.#forward(pair.near, pair.far);
    this.#forward(pair.far, pair.near);
    // Nothing of this one is ever forwarded.
    if (plan.isArmed && this.#allowance() === 0) this.#cut();
  }

  #allowance(): number {
    return (this.#allowedBytes ??= this.#plan.nextAllowance());
  }

  #forward(from: Socket, to: Socket): void {
    from.on('data', (chunk: Buffer) => {
      // Read on: an end that does not know yet must not notice it by a full buffer.
      if (this.#isCut) return;
      const isJudged = this.#plan.isArmed;
      const part = isJudged ? chunk.subarray(0, this.#allowance() - this.#carriedBytes) : chunk;
      if (isJudged) this.#carriedBytes += part.length;
      if (!to.write(part)) this.#waitForRoom(from, to);
      if (isJudged && this.#carriedBytes >= this.#allowance()) this.#cut();
    });
    from.on('end', () => {
      if (!this.#isCut) to.end();
    });
    from.on('close', () => {
      if (!this.#isCut) to.destroy();
    });
  }

  #waitForRoom(from: Socket, to: Socket): void {
    from.pause();
    to.once('drain', () => from.resume());
    // Whatever waits for room is over with the connection; reading goes on, so that nothing hangs.
    to.once('close', () => from.resume());
  }

  #cut(): void {
    this.#isCut = true;
    const { near, far } = this.#pair;
    const cut = this.#plan.nextCut(this.#carriedBytes);
    near.resume();
    far.resume();
    if (cut.late === 'near') setTimeout(() => end(near, cut.near), cut.lateMs);
    else end(near, cut.near);
    if (cut.late === 'far') setTimeout(() => end(far, cut.far), cut.lateMs);
    else end(far, cut.far);
  }
}

/** How long somebody may take to end its own direction after it has heard the end of ours. */
const LINGER_MS = 1000;

function end(socket: Socket, how: Ending): void {
  if (socket.destroyed) return;
  // A socket that is not connected yet cannot be reset; Node does it when it is.
  if (how === 'reset') return void socket.resetAndDestroy();
  if (how === 'close') return void socket.destroy();
  socket.end();
  const linger = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.on('close', () => clearTimeout(linger)).on('end', () => socket.destroy());
}
