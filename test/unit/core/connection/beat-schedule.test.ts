import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeatSchedule } from '../../../../packages/core/src/connection/beat-schedule.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';

const beat = suite('beat schedule');

const EARLIEST = (): number => 0;
const ALMOST_ONE = (): number => 1 - 2 ** -32;

beat(
  'a PING is due between 0.8 and 0.9 of the interval after the last thing that was sent, that of the server earlier',
  () => {
    assert.is(new BeatSchedule('server', 1000, Infinity, EARLIEST, 60).dueMs(60), 60 + 800);
    assert.is(new BeatSchedule('client', 1000, Infinity, EARLIEST, 60).dueMs(60), 60 + 860);
    const random = new SeededRandom(1);
    for (let turn = 0; turn < 1000; turn += 1) {
      const server = new BeatSchedule('server', 1000, Infinity, random.next, 0).dueMs(0);
      assert.ok(server >= 800 && server <= 860, `${server}`);
      const client = new BeatSchedule('client', 1000, Infinity, random.next, 0).dueMs(0);
      assert.ok(client >= 850 && client <= 900, `${client}`);
    }
  },
);

beat('beats are due on a grid of 50 ms, or of a fiftieth of a shorter interval', () => {
  const random = new SeededRandom(1);
  for (let turn = 0; turn < 100; turn += 1) {
    const atMs = random.next() * 1000;
    assert.is(new BeatSchedule('server', 15_000, Infinity, random.next, atMs).dueMs(atMs) % 50, 0);
    assert.is(new BeatSchedule('client', 1000, Infinity, random.next, atMs).dueMs(atMs) % 20, 0);
  }
});

beat('whatever is sent moves it away, by the same random part', () => {
  const schedule = new BeatSchedule('server', 1000, Infinity, new SeededRandom(3).next, 0);
  const waitMs = schedule.dueMs(0);
  schedule.sent(500);
  assert.is(schedule.dueMs(0), 500 + waitMs);
  schedule.sent(900);
  assert.is(schedule.dueMs(0), 900 + waitMs);
});

beat('each PING draws a new random part', () => {
  const schedule = new BeatSchedule('server', 15_000, Infinity, new SeededRandom(3).next, 0);
  const waits = new Set<number>();
  for (let turn = 1; turn <= 20; turn += 1) {
    schedule.pinged(turn * 15_000);
    waits.add(schedule.dueMs(turn * 15_000) - turn * 15_000);
  }
  // Of 16 places on the grid.
  assert.ok(waits.size >= 8, `${waits.size}`);
});

beat('however much is sent, a PING is due four intervals after the last sample of the round trip', () => {
  const schedule = new BeatSchedule('server', 1000, Infinity, EARLIEST, 0);
  for (let nowMs = 0; nowMs <= 6000; nowMs += 100) schedule.sent(nowMs);
  assert.is(schedule.dueMs(0), 4000);
  assert.is(schedule.dueMs(1500), 5500);
  assert.is(schedule.dueMs(2900), 6800, 'what was sent last comes first again');
});

beat('a PING that is not answered is not repeated at once: the next one is due four intervals later', () => {
  const schedule = new BeatSchedule('server', 1000, Infinity, EARLIEST, 0);
  schedule.pinged(4000);
  for (let nowMs = 4000; nowMs <= 9000; nowMs += 100) schedule.sent(nowMs);
  assert.is(schedule.dueMs(0), 8000);
});

beat('a PING is due when the peer has said nothing for 0.95 of what it promised, however much we send', () => {
  const schedule = new BeatSchedule('server', 1000, 2000, EARLIEST, 0);
  const sendUntil = (untilMs: number): void => {
    for (let nowMs = 0; nowMs <= untilMs; nowMs += 100) schedule.sent(nowMs);
  };
  sendUntil(1900);
  assert.is(schedule.dueMs(1800), 1900);
  schedule.heard(1500);
  sendUntil(3300);
  assert.is(schedule.dueMs(3200), 1500 + 1900);
});

beat('a peer that was asked and stays silent is asked again after the same time, not at once', () => {
  const schedule = new BeatSchedule('server', 1000, 2000, EARLIEST, 0);
  schedule.pinged(1900);
  for (let nowMs = 1900; nowMs <= 3700; nowMs += 100) schedule.sent(nowMs);
  assert.is(schedule.dueMs(3700), 1900 + 1900);
});

beat('a peer that beats by itself has done so before it is asked', () => {
  const theirs = new BeatSchedule('client', 1000, Infinity, ALMOST_ONE, 0).dueMs(0);
  const ours = new BeatSchedule('server', Infinity, 1000, EARLIEST, 0).dueMs(0);
  assert.ok(theirs + 49 < ours, `${theirs} and ${ours}`);
});

beat('without an interval nothing is ever due', () => {
  const schedule = new BeatSchedule('server', Infinity, Infinity, EARLIEST, 0);
  schedule.sent(10);
  assert.is(schedule.dueMs(-Infinity), Infinity);
});

beat.run();
