import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HEARTBEAT_PRESETS, type Heartbeat } from '../../../../packages/core/src/connection/heartbeat-preset.ts';
import { NONCES, Pulse } from '../../../../packages/core/src/connection/pulse.ts';
import { FrameType } from '../../../../packages/core/src/wire/frame-type.ts';
import { FrameWriter } from '../../../../packages/core/src/wire/frame-writer.ts';
import type { PongFrame } from '../../../../packages/core/src/wire/frame.ts';
import { hexOf } from '../../../support/hex.ts';

const pulse = suite('pulse');

const NEVER: Heartbeat = { ...HEARTBEAT_PRESETS.default, intervalMs: Infinity };

pulse('nothing is due before the handshake is over, nor after it has stopped', () => {
  const beating = new Pulse();
  assert.is(beating.nextDeadlineMs, Infinity);
  assert.is(beating.hear(10), false);
  assert.equal([beating.silenceMs(100), beating.suspicion(100_000)], [0, 0]);
  begin(beating);
  assert.is(beating.nextDeadlineMs, 800);
  beating.stop();
  assert.is(beating.nextDeadlineMs, Infinity);
});

pulse('a PING goes when it is due, and not when something else was sent meanwhile', () => {
  const [beating, writer] = [begin(new Pulse()), new FrameWriter()];
  beating.hear(799);
  beating.sent(500);
  beating.handleDeadline(writer, 800);
  assert.is(writer.take(), null, 'something left at 500');
  assert.is(beating.nextDeadlineMs, 1300);
  beating.handleDeadline(writer, 1300);
  assert.is(hexOf(writer.take()!), '022000');
});

pulse('nonces count from 0 to 63 and begin again', () => {
  const [beating, writer] = [begin(new Pulse()), new FrameWriter()];
  const nonces = Array.from({ length: NONCES + 2 }, () => beating.ping(writer, 0));
  assert.equal(nonces, [...Array(64).keys(), 0, 1]);
});

pulse('the round trip is from PING to PONG, without what the peer held it', () => {
  const [beating, writer] = [begin(new Pulse()), new FrameWriter()];
  const nonce = beating.ping(writer, 100);
  assert.is(beating.receivePong(pong(nonce, 305), 200), 69.5);
  assert.is(beating.roundTrip.latestMs, 69.5);
  assert.is(beating.roundTrip.sampledAtMs, 200);
});

pulse('a peer that claims to have held longer than it took makes no negative round trip', () => {
  const [beating, writer] = [begin(new Pulse()), new FrameWriter()];
  assert.is(beating.receivePong(pong(beating.ping(writer, 100), 2 ** 53 - 1), 200), 0);
});

pulse('an answer that was not asked for, or comes twice, measures nothing', () => {
  const [beating, writer] = [begin(new Pulse()), new FrameWriter()];
  assert.is(beating.receivePong(pong(0, 0), 50), null);
  assert.is(beating.roundTrip.latestMs, null);
  const nonce = beating.ping(writer, 100);
  assert.is(beating.receivePong(pong(nonce, 0), 110), 10);
  assert.is(beating.receivePong(pong(nonce, 0), 500), null);
  assert.is(beating.roundTrip.latestMs, 10);
});

pulse('of PINGs that are never answered the last 16 are remembered', () => {
  const [beating, writer] = [begin(new Pulse()), new FrameWriter()];
  for (let turn = 0; turn < 17; turn += 1) beating.ping(writer, turn);
  assert.is(beating.receivePong(pong(0, 0), 100), null);
  assert.is(beating.receivePong(pong(1, 0), 100), 99);
});

pulse('an endpoint is not asked any more when the silence turns out to have been our own', () => {
  const [beating, writer] = [begin(new Pulse()), new FrameWriter()];
  beating.handleDeadline(writer, 2001);
  assert.equal([beating.status, beating.takeEndpointAsk()], ['suspect', true]);
  beating.stalled(4000, 4000);
  let asked = 0;
  for (let nowMs = 4000; nowMs < 6000; nowMs = Math.max(nowMs + 1, beating.nextDeadlineMs)) {
    beating.handleDeadline(writer, nowMs);
    if (beating.takeEndpointAsk() && beating.status === 'alive') asked += 1;
  }
  assert.equal([beating.status, asked], ['alive', 0]);
});

pulse('the last PING is answered, with the time since it came in tenths of a millisecond', () => {
  const [beating, writer] = [begin(new Pulse()), new FrameWriter()];
  beating.writePong(writer, 0);
  assert.is(writer.take(), null, 'nothing was asked');
  for (const nonce of [1, 2, 3]) beating.receivePing(nonce, nonce * 10);
  beating.writePong(writer, 36.24);
  assert.is(hexOf(writer.take()!), '03 28 03 3e'.replaceAll(' ', ''));
  beating.writePong(writer, 50);
  assert.is(writer.take(), null, 'once');
});

pulse('silence makes the peer suspect, then dead, and each is said once', () => {
  const [beating, writer] = [begin(new Pulse()), new FrameWriter()];
  const changes = run(beating, writer, 10_000);
  assert.equal(changes, [
    [2001, 'suspect'],
    [4501, 'dead'],
  ]);
});

pulse('whatever is heard ends a suspicion, and the next silence is judged anew', () => {
  const [beating, writer] = [begin(new Pulse()), new FrameWriter()];
  run(beating, writer, 3000);
  assert.is(beating.status, 'suspect');
  assert.is(beating.hear(3000), true);
  assert.is(beating.status, 'alive');
  assert.is(beating.hear(3100), false);
  assert.equal(run(beating, writer, 10_000), [
    [5101, 'suspect'],
    [7601, 'dead'],
  ]);
});

// The deadline stayed where *dead* would have been said, so that a peer that died right after it had been suspect was suspected up to five seconds late.
pulse('a suspicion that has ended does not delay the next one', () => {
  const [beating, writer] = [begin(new Pulse()), new FrameWriter()];
  run(beating, writer, 2100);
  assert.is(beating.status, 'suspect');
  beating.hear(2100);
  assert.equal(run(beating, writer, 10_000), [
    [2100 + 2001, 'suspect'],
    [2100 + 4501, 'dead'],
  ]);
});

pulse('our own stall is not the peer’s silence', () => {
  const [beating, writer] = [begin(new Pulse()), new FrameWriter()];
  beating.stalled(59_500, 60_000);
  assert.equal([beating.silenceMs(60_000), beating.stalledMs], [500, 59_500]);
  assert.equal(run(beating, writer, 70_000), [
    [59_500 + 2001, 'suspect'],
    [59_500 + 4501, 'dead'],
  ]);
});

// In a hidden page: a timer that came late is no stall, but what the peer said may lie unread.
pulse('in doubt the peer is asked before it is judged, and the verdict waits for the answer', () => {
  const [beating, writer] = [begin(new Pulse()), new FrameWriter()];
  beating.doubt();
  assert.is(beating.handleDeadline(writer, 60_000), false);
  assert.equal([beating.status, beating.silenceMs(60_000)], ['alive', 60_000]);
  assert.ok(writer.take() !== null, 'it is asked');
  // 3 · RTO0, which nobody has measured.
  assert.is(beating.handleDeadline(writer, 62_999), false);
  assert.is(beating.handleDeadline(writer, 63_000), true);
  assert.is(beating.status, 'dead');
});

pulse('one that answers in doubt was never judged', () => {
  const [beating, writer] = [begin(new Pulse()), new FrameWriter()];
  beating.doubt();
  beating.handleDeadline(writer, 60_000);
  assert.is(beating.hear(60_100), false);
  assert.equal(run(beating, writer, 65_000), [
    [62_101, 'suspect'],
    [64_601, 'dead'],
  ]);
});

pulse('doubt is said once for a silence: who does not answer is judged in the next late look', () => {
  const [beating, writer] = [begin(new Pulse()), new FrameWriter()];
  for (const [nowMs, hasChanged] of [
    [60_000, false],
    [120_000, true],
  ] as const) {
    beating.doubt();
    assert.is(beating.handleDeadline(writer, nowMs), hasChanged);
  }
  assert.is(beating.status, 'dead');
});

pulse('doubt asks nobody who is not about to be judged', () => {
  const [beating, writer] = [begin(new Pulse()), new FrameWriter()];
  beating.hear(1500);
  beating.sent(1500);
  beating.doubt();
  beating.handleDeadline(writer, 2001);
  assert.is(writer.take(), null);
  // And it does not outlive the look that it was said for.
  assert.equal(run(beating, writer, 4000), [[3501, 'suspect']]);
});

pulse('a beat that our stall has made overdue goes at once', () => {
  const [beating, writer] = [begin(new Pulse()), new FrameWriter()];
  beating.stalled(10_000, 10_500);
  assert.ok(beating.nextDeadlineMs <= 10_500);
  beating.handleDeadline(writer, 10_500);
  assert.ok(writer.take() !== null);
});

// The deadline was set when the round trip was not known yet and stayed there, so that the verdict came up to two seconds late.
pulse('a round trip that is shorter than it was brings the verdict forward', () => {
  const [beating, writer] = [begin(new Pulse(), HEARTBEAT_PRESETS.default), new FrameWriter()];
  const nonce = beating.ping(writer, 0);
  // One second before it is measured: 15 · RTO0, at most 5 s. Afterwards 3 s.
  beating.receivePong(pong(nonce, 0), 1);
  assert.equal(run(beating, writer, 30_000)[0], [18_001, 'suspect']);
});

// An acknowledgement is heard before it is measured: the deadline waited for the next byte, and after a crash there is none.
pulse(
  'an acknowledgement that measures a shorter round trip brings the verdict forward, though nothing follows it',
  () => {
    const [beating, writer] = [begin(new Pulse(), HEARTBEAT_PRESETS.default), new FrameWriter()];
    beating.hear(1);
    assert.is(beating.measureRoundTrip(0, 0, 1), 1);
    assert.equal(run(beating, writer, 30_000)[0], [18_002, 'suspect']);
  },
);

pulse('whatever was sent before a stall of ours measures nothing', () => {
  const beating = begin(new Pulse());
  beating.stalled(500, 600);
  assert.is(beating.measureRoundTrip(99, 0, 700), 601);
  assert.is(beating.roundTrip.latestMs, null);
  beating.measureRoundTrip(600, 20, 700);
  assert.is(beating.roundTrip.latestMs, 80);
});

pulse('who does not judge is never told, but keeps its own promise', () => {
  const [beating, writer] = [new Pulse(), new FrameWriter()];
  beating.begin({ role: 'server', heartbeat: NEVER, theirIntervalMs: 5000, ourIntervalMs: 1000, random: () => 0 }, 0);
  beating.hear(0);
  assert.equal(run(beating, writer, 1_000_000), []);
  assert.ok(writer.take()!.length >= 3 * 1000);
});

pulse('without promise and judgement nothing is ever due', () => {
  const beating = new Pulse();
  beating.begin(
    { role: 'server', heartbeat: NEVER, theirIntervalMs: Infinity, ourIntervalMs: Infinity, random: () => 0 },
    0,
  );
  assert.is(beating.nextDeadlineMs, Infinity);
  beating.hear(5);
  beating.receivePing(0, 5);
  assert.is(beating.nextDeadlineMs, Infinity);
});

/** PINGs one after the other, each answered before the next; how many PONGs were written at once. */
function answers(beating: Pulse, writer: FrameWriter, pings: number, nowMs: number): number {
  let count = 0;
  for (let at = 0; at < pings; at += 1) {
    beating.receivePing(at % NONCES, nowMs);
    beating.writePong(writer, nowMs);
    if (writer.take() !== null) count += 1;
  }
  return count;
}

pulse('a hundred PINGs are answered at once, the next one when its time has come, with how long it was held', () => {
  const [beating, writer] = [begin(new Pulse(), NEVER), new FrameWriter()];
  assert.is(answers(beating, writer, 100, 5), 100);
  assert.is(answers(beating, writer, 3, 5), 0);
  assert.is(beating.nextDeadlineMs, 15);
  beating.writePong(writer, 14);
  assert.is(writer.take(), null);
  beating.handleDeadline(writer, 15);
  beating.writePong(writer, 15);
  // PONG, nonce 2 (the last of the three), held for 10.0 ms.
  assert.is(hexOf(writer.take()!), '0428024064');
  assert.is(beating.nextDeadlineMs, Infinity);
});

// A legal configuration can never be punished: the shortest heartbeat there is asks for 25 PONGs a second.
pulse('every PING of the shortest heartbeat is answered at once, also after a long time without any', () => {
  const [beating, writer] = [begin(new Pulse(), NEVER), new FrameWriter()];
  for (let nowMs = 0; nowMs < 60_000; nowMs += 40) assert.is(answers(beating, writer, 1, nowMs), 1);
  assert.is(answers(beating, writer, 1000, 3_600_000), 100);
});

// We stood still, and a minute of PINGs arrives in one piece: nobody did anything wrong.
pulse('PINGs that come together are one', () => {
  const [beating, writer] = [begin(new Pulse(), NEVER), new FrameWriter()];
  for (let round = 0; round < 100; round += 1) {
    for (let at = 0; at < 1000; at += 1) beating.receivePing(at % NONCES, 0);
    assert.is(answers(beating, writer, 1, 0), 1);
  }
});
pulse.run();

/** On the preset for machines that stand side by side: suspect beyond 2000 ms, dead beyond 4500 ms, whatever the round trip. */
function begin(beating: Pulse, heartbeat: Heartbeat = HEARTBEAT_PRESETS.lan): Pulse {
  const { intervalMs } = heartbeat;
  beating.begin(
    { role: 'server', heartbeat, theirIntervalMs: intervalMs, ourIntervalMs: intervalMs, random: () => 0 },
    0,
  );
  return beating;
}

/** Lets every deadline come at its time until `untilMs`; returns when the verdict changed, and to what. */
function run(beating: Pulse, writer: FrameWriter, untilMs: number): [number, string][] {
  const changes: [number, string][] = [];
  for (let nowMs = beating.nextDeadlineMs; nowMs <= untilMs; nowMs = beating.nextDeadlineMs) {
    if (beating.handleDeadline(writer, nowMs)) changes.push([nowMs, beating.status]);
    if (writer.length > 0) beating.sent(nowMs);
    if (beating.status === 'dead') break;
  }
  return changes;
}

function pong(nonce: number, holdTicks: number): PongFrame {
  return { type: FrameType.PONG, ack: null, nonce, holdTicks };
}
