/**
 * The deadlines of all machines that live by one clock, under one timer; and the one place that notices when we ourselves stood still.
 *
 * A blocked event loop, a stopped process, a frozen tab: the timer goes off late, and whatever the peers said meanwhile waits unread. So the timer
 * never waits longer than a tick, and when it is late, two things happen before any deadline is looked at (promise P13): every machine
 * is told how long we were away, and the loop gets a whole pass in which it reads. A deadline that is judged before that would blame the peer: which of
 * a due timer and a readable socket comes first is chance.
 *
 * What is noticed is the time from the tick that did not come, so of a stall at most one tick is missed.
 */
import type { Clock } from './clock.ts';
import { LoopLag } from './loop-lag.ts';
import { nextTurn } from './platform.ts';

/** One machine's place in the queue. */
export interface Alarm {
  /** Its deadline; only the queue writes it. Infinity: none. */
  atMs: number;
  /** Where it stands; only the queue writes it. */
  place: number;
  /** The deadline is here. It is not armed any more. */
  due(): void;
  /** We stood still for so long. */
  stalled(stalledMs: number): void;
}

const TICK_MS = 500;
/** A timer that is later than this is a stall; less is what a busy machine does all the time, and is far below any verdict. */
const STALL_MS = 100;

const queues = new WeakMap<Clock, DeadlineQueue>();

export class DeadlineQueue {
  readonly #clock: Clock;
  /** A binary heap, the earliest first. */
  readonly #alarms: Alarm[] = [];
  #timerAtMs = Infinity;
  #cancelTimer: (() => void) | null = null;
  #isCatchingUp = false;
  readonly #lag = new LoopLag();

  /** The one for this clock. */
  static of(clock: Clock): DeadlineQueue {
    let queue = queues.get(clock);
    if (queue === undefined) {
      queue = new DeadlineQueue(clock);
      queues.set(clock, queue);
    }
    return queue;
  }

  private constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How late the timer was at worst of late, in milliseconds. */
  get worstLagMs(): number {
    return this.#lag.worstMs(this.#clock.now());
  }

  /** Gives an alarm a deadline, another one, or none (Infinity). */
  set(alarm: Alarm, atMs: number): void {
    const isArmed = alarm.atMs !== Infinity;
    if (!isArmed && atMs === Infinity) return;
    alarm.atMs = atMs;
    if (atMs === Infinity) this.#remove(alarm);
    else if (isArmed) this.#settle(alarm);
    else {
      alarm.place = this.#alarms.push(alarm) - 1;
      this.#rise(alarm);
    }
    this.#arm();
  }

  #arm(): void {
    const first = this.#alarms[0];
    if (this.#isCatchingUp) return;
    if (first === undefined) return this.#disarm();
    const nowMs = this.#clock.now();
    // One that is overdue stays: how late it is tells how long we stood still.
    if (this.#cancelTimer !== null && this.#timerAtMs <= Math.max(first.atMs, nowMs)) return;
    // A deadline that had passed when it was set does not make the timer late.
    const atMs = Math.max(nowMs, Math.min(first.atMs, nowMs + TICK_MS));
    this.#disarm();
    this.#timerAtMs = atMs;
    this.#cancelTimer = this.#clock.schedule(() => this.#fire(), Math.max(0, atMs - nowMs));
  }

  #disarm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#timerAtMs = Infinity;
  }

  #fire(): void {
    const nowMs = this.#clock.now();
    const lateMs = nowMs - this.#timerAtMs;
    this.#cancelTimer = null;
    this.#timerAtMs = Infinity;
    this.#lag.note(lateMs, nowMs);
    if (lateMs > STALL_MS) void this.#catchUp(lateMs);
    else this.#run();
  }

  async #catchUp(stalledMs: number): Promise<void> {
    this.#isCatchingUp = true;
    // A copy: whoever is told may move its deadline.
    for (const alarm of this.#alarms.slice()) alarm.stalled(stalledMs);
    // The timers of this turn, then reading, then what follows it: in between lies one whole pass.
    await nextTurn();
    await nextTurn();
    this.#isCatchingUp = false;
    this.#run();
  }

  #run(): void {
    const nowMs = this.#clock.now();
    const due: Alarm[] = [];
    for (let first = this.#alarms[0]; first !== undefined && first.atMs <= nowMs; first = this.#alarms[0]) {
      first.atMs = Infinity;
      this.#remove(first);
      due.push(first);
    }
    // One that is due again at once waits for the next timer, so that nobody can hold the loop.
    for (const alarm of due) alarm.due();
    this.#arm();
  }

  #remove(alarm: Alarm): void {
    const last = this.#alarms.pop()!;
    if (last === alarm) return;
    this.#alarms[alarm.place] = last;
    last.place = alarm.place;
    this.#settle(last);
  }

  #settle(alarm: Alarm): void {
    this.#rise(alarm);
    this.#sink(alarm);
  }

  #rise(alarm: Alarm): void {
    let { place } = alarm;
    while (place > 0) {
      const above = this.#alarms[(place - 1) >> 1]!;
      if (above.atMs <= alarm.atMs) break;
      this.#put(above, place);
      place = (place - 1) >> 1;
    }
    this.#put(alarm, place);
  }

  #sink(alarm: Alarm): void {
    const { length } = this.#alarms;
    let { place } = alarm;
    for (let below = 2 * place + 1; below < length; below = 2 * place + 1) {
      if (below + 1 < length && this.#alarms[below + 1]!.atMs < this.#alarms[below]!.atMs) below += 1;
      const next = this.#alarms[below]!;
      if (next.atMs >= alarm.atMs) break;
      this.#put(next, place);
      place = below;
    }
    this.#put(alarm, place);
  }

  #put(alarm: Alarm, place: number): void {
    this.#alarms[place] = alarm;
    alarm.place = place;
  }
}
