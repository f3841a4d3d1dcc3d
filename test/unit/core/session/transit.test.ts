import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { IN_FLIGHT_FLOOR_BYTES, IN_FLIGHT_MAX_BYTES, Transit } from '../../../../packages/core/src/session/transit.ts';

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

  /** Writes as much as it may; returns how much is on the way then. */
  fill(): number {
    while (this.transit.hasRoom) this.write(CHUNK);
    return this.#written - this.#arrived;
  }

  write(bytes: number): void {
    this.#written += bytes;
    this.transit.wrote(bytes, this.nowMs);
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
  const { transit } = new Way(100_000);
  transit.wrote(99_999, 0);
  assert.ok(transit.hasRoom);
  transit.wrote(CHUNK, 0);
  assert.not.ok(transit.hasRoom);
  transit.arrived(CHUNK - 1, 0);
  assert.not.ok(transit.hasRoom);
  transit.arrived(CHUNK, 0);
  assert.ok(transit.hasRoom);
});

room('is nothing on a new connection, whose limit is the full one', () => {
  const way = new Way();
  way.run(2, Infinity, 1);
  way.fill();
  way.arrive(500);
  way.fill();
  assert.is(way.transit.limitBytes, IN_FLIGHT_MAX_BYTES / 2);
  way.transit.restart();
  assert.is(way.transit.limitBytes, IN_FLIGHT_MAX_BYTES);
  way.transit.wrote(IN_FLIGHT_MAX_BYTES - 1, 0);
  assert.ok(way.transit.hasRoom);
  way.transit.arrived(IN_FLIGHT_MAX_BYTES - 1, 100_000);
  assert.is(way.transit.limitBytes, IN_FLIGHT_MAX_BYTES, 'its first stretch is the shortest that it knows');
});

room.run();

const limit = suite('the limit');

limit('is halved by a stretch of more than 100 ms above the shortest, not by 100 ms', () => {
  const way = new Way();
  way.fill();
  way.arrive(40);
  way.fill();
  way.arrive(140);
  assert.is(way.transit.limitBytes, IN_FLIGHT_MAX_BYTES);
  way.fill();
  way.arrive(141);
  assert.is(way.transit.limitBytes, IN_FLIGHT_MAX_BYTES / 2);
});

limit('is halved once for each stretch, however many words come of it', () => {
  const way = new Way();
  way.run(1, Infinity, 1);
  way.fill();
  way.nowMs += 300;
  for (let part = 1; part <= 3; part += 1) way.transit.arrived(IN_FLIGHT_MAX_BYTES + part * CHUNK, way.nowMs);
  assert.is(way.transit.limitBytes, IN_FLIGHT_MAX_BYTES / 2);
});

limit('does not fall below 32 KiB', () => {
  const way = new Way();
  way.run(1, Infinity, 1);
  for (let left = 10; left > 0; left -= 1) {
    way.fill();
    way.arrive(1000);
  }
  assert.is(way.transit.limitBytes, IN_FLIGHT_FLOOR_BYTES);
});

limit('grows by a chunk with each stretch in time, up to where it began', () => {
  const way = new Way(100_000);
  way.run(1, Infinity, 1);
  way.fill();
  way.arrive(500);
  assert.is(way.transit.limitBytes, 50_000);
  way.run(2, Infinity, 1);
  assert.is(way.transit.limitBytes, 50_000 + 2 * CHUNK);
  way.run(10, Infinity, 1);
  assert.is(way.transit.limitBytes, 100_000);
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
