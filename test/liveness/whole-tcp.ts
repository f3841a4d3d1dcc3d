/**
 * More of TCP than the ladder, to see whether what the ladder leaves out matters: acknowledgements are lost as well, every segment
 * carries one, and a segment may be probed for once before its first timeout (RFC 8985). One segment at a time is under way in each direction.
 */
import { tcpRto0Ms, type Way } from './false-deaths.ts';
import type { End, Setting, Side } from './setting.ts';

export interface TcpOptions {
  readonly losesAcks: boolean;
  readonly probes: boolean;
}

interface Segment {
  readonly sequence: number;
  readonly frames: readonly number[];
}

interface UnderWay {
  readonly atMs: number;
  readonly to: Side;
  /** null: an acknowledgement and nothing else. */
  readonly segment: Segment | null;
  readonly acknowledged: number;
}

/** What one side has sent and received. */
class Half {
  waiting: number[] = [];
  unacknowledged: Segment | null = null;
  sent = 0;
  received = 0;
  timeoutMs = 0;
  resendsAtMs = Infinity;
  mayProbe = false;
}

export class WholeTcpPair {
  nowMs: number = 0;
  deaths: number = 0;
  readonly #way: Way;
  readonly #options: TcpOptions;
  readonly #random: () => number;
  readonly #halves: Record<Side, Half> = { client: new Half(), server: new Half() };
  readonly #ends: Record<Side, End>;
  #underWay: UnderWay[] = [];

  constructor(setting: Setting, way: Way, options: TcpOptions, random: () => number, nowMs: number) {
    this.nowMs = nowMs;
    this.#way = way;
    this.#options = options;
    this.#random = random;
    const end = (side: Side): End => {
      const write = (frame: number): void => this.#write(side, frame);
      const judge = (verdict: string): void => void (this.deaths += verdict === 'dead' ? 1 : 0);
      return setting.make({ side, nowMs, rttMs: way.rttMs, random, write, judge });
    };
    this.#ends = { client: end('client'), server: end('server') };
  }

  step(): void {
    const { client, server } = this.#ends;
    const wakeMs = Math.min(client.nextMs, server.nextMs);
    const resendMs = Math.min(this.#halves.client.resendsAtMs, this.#halves.server.resendsAtMs);
    const arrivalMs = this.#underWay[0]?.atMs ?? Infinity;
    this.nowMs = Math.min(wakeMs, resendMs, arrivalMs);
    if (arrivalMs === this.nowMs) return this.#arrive(this.#underWay.shift()!);
    if (resendMs === this.nowMs)
      return this.#resend(this.#halves.client.resendsAtMs === resendMs ? 'client' : 'server');
    (client.nextMs === wakeMs ? client : server).wake(wakeMs);
  }

  #write(side: Side, frame: number): void {
    this.#halves[side].waiting.push(frame);
    this.#sendNext(side);
  }

  #sendNext(side: Side): void {
    const half = this.#halves[side];
    if (half.unacknowledged !== null || half.waiting.length === 0) return;
    half.unacknowledged = { sequence: half.sent, frames: half.waiting };
    half.sent += 1;
    half.waiting = [];
    half.timeoutMs = tcpRto0Ms(this.#way);
    half.resendsAtMs = this.nowMs + half.timeoutMs;
    half.mayProbe = this.#options.probes;
    this.#transmit(side, half.unacknowledged);
  }

  #resend(side: Side): void {
    const half = this.#halves[side];
    // The probe goes when the timeout would, and the timeout begins anew.
    if (!half.mayProbe) half.timeoutMs *= 2;
    half.mayProbe = false;
    half.resendsAtMs = this.nowMs + half.timeoutMs;
    this.#transmit(side, half.unacknowledged);
  }

  #transmit(from: Side, segment: Segment | null): void {
    const mayBeLost = segment !== null || this.#options.losesAcks;
    if (mayBeLost && this.#random() < this.#way.loss) return;
    const to = from === 'client' ? 'server' : 'client';
    const acknowledged = this.#halves[from].received;
    this.#underWay.push({ atMs: this.nowMs + this.#way.rttMs / 2, to, segment, acknowledged });
  }

  #arrive({ to, segment, acknowledged }: UnderWay): void {
    const half = this.#halves[to];
    const isNew = segment !== null && segment.sequence === half.received;
    if (isNew) half.received += 1;
    if (half.unacknowledged !== null && acknowledged > half.unacknowledged.sequence) {
      half.unacknowledged = null;
      half.resendsAtMs = Infinity;
      this.#sendNext(to);
    }
    if (isNew) for (const frame of segment.frames) this.#ends[to].receive(frame, this.nowMs);
    if (segment !== null) this.#transmit(to, null);
  }
}

/** False deaths in so many hours, of both sides; each is the end of a connection and the beginning of another one. */
export function countOverWholeTcp(
  setting: Setting,
  way: Way,
  hours: number,
  options: TcpOptions,
  random: () => number,
): number {
  let deaths = 0;
  let pair = new WholeTcpPair(setting, way, options, random, 0);
  while (pair.nowMs < hours * 3_600_000) {
    pair.step();
    if (pair.deaths === 0) continue;
    deaths += 1;
    pair = new WholeTcpPair(setting, way, options, random, pair.nowMs);
  }
  return deaths;
}
