/**
 * Two ends and the lossy line between them, event by event. Nobody dies here unless the line is cut: every verdict is a false one.
 */
import { tcpRto0Ms, type Way } from './false-deaths.ts';
import type { Losses } from './losses.ts';
import { LossyLine } from './lossy-line.ts';
import type { End, Setting, Side, VerdictName } from './setting.ts';

export type VerdictListener = (side: Side, verdict: VerdictName, nowMs: number) => void;

export class WatchedPair {
  nowMs: number;
  /** Segments that were written so far, in both directions. */
  segments: number = 0;
  readonly #up: LossyLine<number>;
  readonly #down: LossyLine<number>;
  readonly #client: End;
  readonly #server: End;
  #clientStops = false;
  #serverStops = false;

  constructor(setting: Setting, way: Way, losses: Losses, random: () => number, onVerdict: VerdictListener, nowMs = 0) {
    this.nowMs = nowMs;
    const draw = (): number => {
      this.segments += 1;
      return losses.draw();
    };
    const line = (): LossyLine<number> => new LossyLine(way.rttMs / 2, tcpRto0Ms(way), draw);
    this.#up = line();
    this.#down = line();
    const end = (side: Side, out: LossyLine<number>): End =>
      setting.make({
        side,
        nowMs,
        rttMs: way.rttMs,
        random,
        write: (frame, atMs) => out.write(frame, atMs),
        judge: (verdict, atMs) => onVerdict(side, verdict, atMs),
      });
    this.#client = end('client', this.#up);
    this.#server = end('server', this.#down);
  }

  /** One end is gone, and the way to it: nothing that is under way arrives. */
  crash(side: Side): void {
    if (side === 'client') this.#clientStops = true;
    else this.#serverStops = true;
    this.#up.cut();
    this.#down.cut();
  }

  /** When something happens next. */
  get nextMs(): number {
    const clientMs = this.#clientStops ? Infinity : this.#client.nextMs;
    const serverMs = this.#serverStops ? Infinity : this.#server.nextMs;
    return Math.min(this.#up.nextMs, this.#down.nextMs, clientMs, serverMs);
  }

  /** The next event. What arrives comes before what is due at the same time. */
  step(): void {
    const upMs = this.#up.nextMs;
    const downMs = this.#down.nextMs;
    const clientMs = this.#clientStops ? Infinity : this.#client.nextMs;
    const serverMs = this.#serverStops ? Infinity : this.#server.nextMs;
    const nowMs = Math.min(upMs, downMs, clientMs, serverMs);
    this.nowMs = nowMs;
    if (upMs === nowMs) return this.#server.receive(this.#up.take(), nowMs);
    if (downMs === nowMs) return this.#client.receive(this.#down.take(), nowMs);
    (clientMs === nowMs ? this.#client : this.#server).wake(nowMs);
  }
}
