import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  IN_FLIGHT_FLOOR_BYTES,
  IN_FLIGHT_MAX_BYTES,
  IN_FLIGHT_START_BYTES,
  Transit,
} from '../../../../packages/core/src/session/transit.ts';

const CHUNK = 16_384;

/** A sender that always has more to say, and a way that takes its time. */
class Way {
  readonly transit: Transit;
  nowMs = 0;
  #written = 0;
  #arrived = 0;

  constructor(maxBytes: number = IN_FLIGHT_MAX_BYTES) {
    this.transit = new Transit(maxBytes);
  }

  get written(): number {
    return this.#written;
  }

  /** Writes as much as it may; returns how much is on the way then. */
  fill(): number {
    while (this.transit.hasRoom) this.write(CHUNK);
    return this.#written - this.#arrived;
  }

  write(bytes: number): void {
    this.#written += bytes;
    this.transit.wrote(bytes, this.nowMs);
  }

  /** On a way that takes no time, until the limit is the largest. */
  open(): this {
    for (let before = 0; before < this.transit.limitBytes;) {
      before = this.transit.limitBytes;
      this.fill();
      this.arrive(1);
    }
    return this;
  }

  /** Everything that is on the way arrives after `ms`. */
  arrive(ms: number): void {
    this.nowMs += ms;
    this.#arrived = this.#written;
    this.transit.arrived(this.#arrived, this.nowMs);
  }

  /** A way of so many bytes a millisecond, and so long: one stretch after the other, each with all that may be on the way. */
  run(stretches: number, bytesPerMs: number, idleMs: number): number {
    let onTheWay = 0;
    for (let left = stretches; left > 0; left -= 1) {
      onTheWay = this.fill();
      this.arrive(idleMs + onTheWay / bytesPerMs);
    }
    return onTheWay;
  }
}

const room = suite('what is on the way');

room('may be as much as the limit, and one chunk is never cut', () => {
  const { transit } = new Way();
  transit.wrote(IN_FLIGHT_START_BYTES - 1, 0);
  assert.ok(transit.hasRoom);
  transit.wrote(CHUNK, 0);
  assert.not.ok(transit.hasRoom);
  transit.arrived(CHUNK - 1, 0);
  assert.not.ok(transit.hasRoom);
  transit.arrived(CHUNK, 0);
  assert.ok(transit.hasRoom);
});

room('is nothing on a new connection, whose limit is small again', () => {
  const way = new Way().open();
  assert.is(way.transit.limitBytes, IN_FLIGHT_MAX_BYTES);
  way.fill();
  way.arrive(500);
  assert.is(way.transit.limitBytes, IN_FLIGHT_MAX_BYTES / 2);
  way.fill();
  way.transit.restart();
  assert.is(way.transit.limitBytes, IN_FLIGHT_START_BYTES);
  way.transit.wrote(IN_FLIGHT_START_BYTES, 0);
  way.transit.arrived(IN_FLIGHT_START_BYTES, 100_000);
  assert.is(way.transit.limitBytes, 2 * IN_FLIGHT_START_BYTES, 'its first stretch is the shortest that it knows');
});

room.run();

const limit = suite('the limit');

limit('begins small, and doubles with each stretch in time until one is late', () => {
  const way = new Way();
  const seen: number[] = [];
  for (const tookMs of [10, 110, 10, 111, 10, 10]) {
    seen.push(way.transit.limitBytes);
    way.fill();
    way.arrive(tookMs);
  }
  assert.equal(
    seen,
    [1, 2, 4, 4, 2, 2.25].map((times) => times * IN_FLIGHT_START_BYTES),
  );
  way.transit.restart();
  way.run(2, Infinity, 10);
  assert.is(way.transit.limitBytes, 4 * IN_FLIGHT_START_BYTES, 'a new connection begins anew');
});

limit('does not grow while it holds nothing back', () => {
  const way = new Way();
  for (let left = 20; left > 0; left -= 1) {
    way.write(IN_FLIGHT_START_BYTES - 1);
    way.arrive(1);
  }
  assert.is(way.transit.limitBytes, IN_FLIGHT_START_BYTES);
  way.fill();
  way.arrive(1);
  way.write(100);
  way.arrive(1);
  assert.is(way.transit.limitBytes, 2 * IN_FLIGHT_START_BYTES);
});

limit('is halved by a stretch of more than 100 ms above the shortest, not by 100 ms', () => {
  const way = new Way().open();
  way.fill();
  way.arrive(101);
  assert.is(way.transit.limitBytes, IN_FLIGHT_MAX_BYTES);
  way.fill();
  way.arrive(102);
  assert.is(way.transit.limitBytes, IN_FLIGHT_MAX_BYTES / 2);
});

limit('is halved once for each stretch, however many words come of it', () => {
  const way = new Way().open();
  const before = way.written;
  way.fill();
  way.nowMs += 300;
  for (let part = 1; part <= 3; part += 1) way.transit.arrived(before + part * CHUNK, way.nowMs);
  assert.is(way.transit.limitBytes, IN_FLIGHT_MAX_BYTES / 2);
});

limit('does not fall below 32 KiB', () => {
  const way = new Way().open();
  for (let left = 10; left > 0; left -= 1) {
    way.fill();
    way.arrive(1000);
  }
  assert.is(way.transit.limitBytes, IN_FLIGHT_FLOOR_BYTES);
});

limit('grows by a chunk with each stretch in time after that, up to the largest', () => {
  const way = new Way(100_000).open();
  assert.is(way.transit.limitBytes, 100_000);
  way.fill();
  way.arrive(500);
  assert.is(way.transit.limitBytes, 50_000);
  way.run(2, Infinity, 1);
  assert.is(way.transit.limitBytes, 50_000 + 2 * CHUNK);
  way.run(10, Infinity, 1);
  assert.is(way.transit.limitBytes, 100_000);
});

// The whole limit was written before anything was known of the way: 2 s of a megabit a second.
limit('never fills a slow way at the beginning', () => {
  for (const bytesPerMs of [125, 500, 1000]) {
    const way = new Way();
    let longestMs = 0;
    for (let left = 50; left > 0; left -= 1) longestMs = Math.max(longestMs, way.run(1, bytesPerMs, 10) / bytesPerMs);
    // Twice what is in time beside a first stretch, and the chunk that was begun.
    const boundMs = 2 * (IN_FLIGHT_START_BYTES / bytesPerMs + 100) + CHUNK / bytesPerMs;
    assert.ok(longestMs <= boundMs, `${longestMs} ms at ${bytesPerMs} bytes a ms`);
  }
});

limit('keeps the queue of a slow way short, from the first second on and for ever', () => {
  for (const bytesPerMs of [500, 1000, 5000, 50_000]) {
    // What a shortest time may have queued already, 100 ms more, the step that found the edge, and the chunks that were begun.
    const boundMs = 200 + 10 + (4 * CHUNK) / bytesPerMs;
    const way = new Way();
    way.write(100);
    way.arrive(10);
    way.run(20, bytesPerMs, 10);
    for (let minutes = 10; minutes > 0; minutes -= 1) {
      const untilMs = way.nowMs + 60_000;
      while (way.nowMs < untilMs) {
        const queuedMs = way.run(1, bytesPerMs, 10) / bytesPerMs;
        assert.ok(queuedMs <= boundMs, `${queuedMs} ms at ${bytesPerMs} bytes a ms`);
      }
    }
  }
});

limit('does not take a way that has become longer for a full one for ever', () => {
  const way = new Way();
  way.run(20, Infinity, 5);
  while (way.nowMs < 60_000) way.run(1, Infinity, 400);
  assert.is(way.transit.limitBytes, IN_FLIGHT_FLOOR_BYTES);
  while (way.nowMs < 200_000) way.run(1, Infinity, 400);
  assert.is(way.transit.limitBytes, IN_FLIGHT_MAX_BYTES);
});

limit.run();
