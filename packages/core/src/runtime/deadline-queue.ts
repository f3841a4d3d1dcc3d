/**
 * The deadlines of all machines that live by one clock, under one timer; and the one place that notices when we ourselves stood still.
 *
 * A blocked event loop, a stopped process, a frozen tab: the timer goes off late, and whatever the peers said meanwhile waits unread. So the timer
 * never waits longer than a tick, and when it is late, two things happen before any deadline is looked at (promise P13): every machine
 * is told how long we were away, and the loop gets a whole pass in which it reads. A deadline that is judged before that would blame the peer: which of
 * a due timer and a readable socket comes first is chance.
 *
 * What is noticed is the time from the tick that did not come, so of a stall at most one tick is missed. A machine that sleeps stops the monotonic clock on most platforms, and no tick is late; but
 * the wall clock jumps. That is no silence either, and whoever wants to know is told (`onWake`).
 *
 * In a hidden page (page-life.ts) a late timer is no stall: the platform holds it back while messages arrive. So nothing is taken off, and the verdict waits for an answer instead. Time is looked at in
 * message events, too, and there are no ticks: a timer that was set by a timer, five times in a row, comes once a minute, while one that was set in a message event comes within a second.
 */
import { systemClock, type Clock } from './clock.ts';
import { LoopLag } from './loop-lag.ts';
import { PageLife, type PageListener } from './page-life.ts';
import { nextTurn, pageScope, type PageScope } from './platform.ts';

/** One machine's place in the queue. */
export interface Alarm {
  /** Its deadline; only the queue writes it. Infinity: none. */
  atMs: number;
  /** Where it stands; only the queue writes it. */
  place: number;
  /** The deadline is here. It is not armed any more. `isDoubtful`: it may have been here long ago, and what has arrived since may lie unread. */
  due(isDoubtful: boolean): void;
  /** We stood still for so long. */
  stalled(stalledMs: number): void;
}

const TICK_MS = 500;
/** A timer that is later than this is a stall; less is what a busy machine does all the time, and is far below any verdict. */
const STALL_MS = 100;
/** No platform holds a timer of a hidden page back for longer; beyond that it was frozen, and did not say so. */
const HELD_BACK_MAX_MS = 60_000;
/** A jump of the wall clock; less is a correction. */
const JUMP_MS = 2000;
/** A page that stood still for so long may have been asleep. */
const AWAY_MS = 10_000;
/** Whatever wakes us in so short a time is one event: shown, resumed and online come together. */
const WAKE_SPACING_MS = 250;

const queues = new WeakMap<Clock, DeadlineQueue>();

export class DeadlineQueue implements PageListener {
  readonly #clock: Clock;
  /** A binary heap, the earliest first. */
  readonly #alarms: Alarm[] = [];
  #timerAtMs = Infinity;
  #cancelTimer: (() => void) | null = null;
  #isCatchingUp = false;
  readonly #lag = new LoopLag();
  /** Null: we live in no browser. */
  readonly #page: PageLife | null;
  /** The timer may have been set by a timer. */
  #isChained = false;
  /** That of the clock when the timer was set. */
  #epochOffsetMs = 0;
  readonly #wakers = new Set<() => void>();
  #wokenAtMs = -Infinity;

  /** The one for this clock. `scope`: the page's or worker's events, for tests. */
  static of(clock: Clock, scope: PageScope | null = clock === systemClock ? pageScope() : null): DeadlineQueue {
    let queue = queues.get(clock);
    if (queue === undefined) {
      queue = new DeadlineQueue(clock, scope);
      queues.set(clock, queue);
    }
    return queue;
  }

  private constructor(clock: Clock, scope: PageScope | null) {
    this.#clock = clock;
    this.#page = scope === null ? null : new PageLife(scope, clock, this);
  }

  get #isThrottled(): boolean {
    return this.#page?.isHidden === true;
  }

  /** Calls back whenever we were away, or the network is another one; the returned function calls it off. */
  onWake(waker: () => void): () => void {
    this.#wakers.add(waker);
    return () => this.#wakers.delete(waker);
  }

  /** Bytes arrived. In a hidden page that is when the time is looked at. Returns whether nothing should wait for a timer. */
  look(nowMs: number): boolean {
    if (!this.#isThrottled) return false;
    if (nowMs >= this.#timerAtMs) this.#fire(true);
    else if (this.#isChained) this.#rearm();
    this.#isChained = false;
    return true;
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
    const tickMs = this.#isThrottled ? HELD_BACK_MAX_MS : TICK_MS;
    const atMs = Math.max(nowMs, Math.min(first.atMs, nowMs + tickMs));
    this.#disarm();
    this.#timerAtMs = atMs;
    this.#epochOffsetMs = this.#clock.epochOffset;
    this.#cancelTimer = this.#clock.schedule(() => this.#fire(this.#isThrottled), Math.max(0, atMs - nowMs));
  }

  #disarm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#timerAtMs = Infinity;
  }

  #rearm(): void {
    this.#disarm();
    this.#arm();
  }

  /** `isHeldBack`: if it is late, then because the platform held it back. */
  #fire(isHeldBack: boolean): void {
    const nowMs = this.#clock.now();
    const lateMs = nowMs - this.#timerAtMs;
    const hasJumped = this.#clock.epochOffset - this.#epochOffsetMs > JUMP_MS;
    this.#disarm();
    this.#isChained = true;
    this.#lag.note(isHeldBack ? 0 : lateMs, nowMs);
    if (lateMs <= STALL_MS) this.#run(false);
    else if (isHeldBack) this.#comeLate(lateMs, this.#page!.takeFrozenMs());
    else void this.#catchUp(lateMs);
    if (hasJumped) this.woken();
  }

  /** The timer of a hidden page. How much of its lateness was a stall is known only where the page was told that it is frozen. */
  #comeLate(lateMs: number, frozenMs: number): void {
    if (frozenMs > 0) return void this.#catchUp(frozenMs);
    if (lateMs > HELD_BACK_MAX_MS) this.#tellStall(lateMs - HELD_BACK_MAX_MS);
    this.#run(true);
  }

  async #catchUp(stalledMs: number): Promise<void> {
    this.#isCatchingUp = true;
    this.#tellStall(stalledMs);
    // The timers of this turn, then reading, then what follows it: in between lies one whole pass.
    await nextTurn();
    await nextTurn();
    this.#isCatchingUp = false;
    this.#run(this.#isThrottled);
    if (this.#page !== null && stalledMs > AWAY_MS) this.woken();
  }

  #tellStall(stalledMs: number): void {
    // A copy: whoever is told may move its deadline.
    for (const alarm of this.#alarms.slice()) alarm.stalled(stalledMs);
  }

  // What the page says.

  thawed(frozenMs: number): void {
    this.#disarm();
    void this.#catchUp(frozenMs);
  }

  /** What the platform held back is looked at now, and there are ticks again. */
  shown(): void {
    if (this.#clock.now() >= this.#timerAtMs) this.#fire(true);
    else this.#rearm();
  }

  woken(): void {
    const nowMs = this.#clock.now();
    if (nowMs - this.#wokenAtMs < WAKE_SPACING_MS) return;
    this.#wokenAtMs = nowMs;
    for (const waker of this.#wakers) waker();
  }

  #run(isDoubtful: boolean): void {
    const nowMs = this.#clock.now();
    const due: Alarm[] = [];
    for (let first = this.#alarms[0]; first !== undefined && first.atMs <= nowMs; first = this.#alarms[0]) {
      first.atMs = Infinity;
      this.#remove(first);
      due.push(first);
    }
    // One that is due again at once waits for the next timer, so that nobody can hold the loop.
    for (const alarm of due) alarm.due(isDoubtful);
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
