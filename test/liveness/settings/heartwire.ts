/** Our own heartbeat: the classes that run in production, with a line in place of a link. */
import {
  HEARTBEAT_PRESETS,
  type Heartbeat,
  type HeartbeatPreset,
} from '../../../packages/core/src/connection/heartbeat-preset.ts';
import { Pulse } from '../../../packages/core/src/connection/pulse.ts';
import { FrameType } from '../../../packages/core/src/wire/frame-type.ts';
import { FrameWriter } from '../../../packages/core/src/wire/frame-writer.ts';
import { steadyMarginMs } from '../false-deaths.ts';
import type { End, EndOptions, Setting } from '../setting.ts';

/** A nonce is below this; a frame on the line is a nonce, and this much more if it is a PONG. */
const PONG = 1024;
/** Beats go at the latest after this part of the interval, so a listener has the rest in addition to its margin. */
const LATEST_BEAT = 0.9;

export function heartwire(name: HeartbeatPreset): Setting {
  return heartwireWith(name, HEARTBEAT_PRESETS[name]);
}

export function heartwireWith(name: string, heartbeat: Heartbeat): Setting {
  return {
    name,
    intervalMs: heartbeat.intervalMs,
    toleranceMs: (verdict, rttMs) =>
      steadyMarginMs(heartbeat[verdict], rttMs) + (1 - LATEST_BEAT) * heartbeat.intervalMs,
    isDeathFinal: true,
    // A side has a sample of the round trip in every fourth segment or so, and a sample weighs (7/8)^n after n more: 1.4 % of it is left
    // after the aftermath, and 0.02 % when the next rare segment comes.
    memorySegments: 128,
    make: (options) => new HeartwireEnd(heartbeat, options),
  };
}

/** Frames go onto the line as they are, without bytes. */
class Wire extends FrameWriter {
  nowMs: number = 0;
  readonly #write: EndOptions['write'];

  constructor(write: EndOptions['write']) {
    super();
    this.#write = write;
  }

  override ping(nonce: number): void {
    this.#write(nonce, this.nowMs);
  }

  override pong(nonce: number): void {
    this.#write(PONG + nonce, this.nowMs);
  }
}

class HeartwireEnd implements End {
  readonly #pulse = new Pulse();
  readonly #wire: Wire;
  readonly #judge: EndOptions['judge'];

  constructor(heartbeat: Heartbeat, { side, nowMs, rttMs, random, write, judge }: EndOptions) {
    this.#wire = new Wire(write);
    this.#wire.nowMs = nowMs;
    this.#judge = judge;
    const { intervalMs } = heartbeat;
    // The handshake is over: it has measured the way once, and the client sends its first PING.
    this.#pulse.measureRoundTrip(nowMs - rttMs, 0, nowMs);
    this.#pulse.begin({ role: side, heartbeat, theirIntervalMs: intervalMs, ourIntervalMs: intervalMs, random }, nowMs);
    if (side === 'client') this.#pulse.ping(this.#wire, nowMs);
  }

  get nextMs(): number {
    return this.#pulse.nextDeadlineMs;
  }

  wake(nowMs: number): void {
    this.#wire.nowMs = nowMs;
    if (!this.#pulse.handleDeadline(this.#wire, nowMs)) return;
    const { status } = this.#pulse;
    if (status === 'suspect' || status === 'dead') this.#judge(status, nowMs);
  }

  receive(frame: number, nowMs: number): void {
    this.#wire.nowMs = nowMs;
    this.#pulse.hear(nowMs);
    if (frame >= PONG) {
      this.#pulse.receivePong({ type: FrameType.PONG, ack: null, nonce: frame - PONG, holdTicks: 0 }, nowMs);
      return;
    }
    this.#pulse.receivePing(frame, nowMs);
    this.#pulse.writePong(this.#wire, nowMs);
    this.#pulse.sent(nowMs);
  }
}
