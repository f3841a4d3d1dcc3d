import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { LinkSink } from '@heartwire/core/transport';
import { decodeReject } from '../../../../packages/core/src/connection/handshake.ts';
import { Turnstile } from '../../../../packages/core/src/runtime/turnstile.ts';
import { testClock } from '../../../../packages/core/src/testing/test-clock.ts';
import { FrameReader } from '../../../../packages/core/src/wire/frame-reader.ts';
import { FrameSplitter } from '../../../../packages/core/src/wire/frame-splitter.ts';
import { FrameType } from '../../../../packages/core/src/wire/frame-type.ts';
import type { HandshakeFrame } from '../../../../packages/core/src/wire/frame.ts';
import { PREFACE } from '../../../../packages/core/src/wire/preface.ts';

/** A turnstile, and links that note what they are told. */
class Gate {
  readonly clock = testClock();
  emptied = 0;
  readonly turnstile = new Turnstile(this.clock, () => (this.emptied += 1));

  /** Somebody comes; returns its sink and what its link was told. */
  come(code: 'ERR_HW_BUSY' | 'ERR_HW_SHUTTING_DOWN' = 'ERR_HW_BUSY'): {
    sink: LinkSink;
    calls: (string | Uint8Array)[];
  } {
    const sink = this.turnstile.turnAway(code);
    const calls: (string | Uint8Array)[] = [];
    sink.open({
      info: { transport: 'fake' },
      write: (bytes) => calls.push(bytes) > 0,
      end: () => void calls.push('end'),
      abort: () => void calls.push('abort'),
    });
    return { sink, calls };
  }
}

const turnstile = suite('a turnstile');

for (const code of ['ERR_HW_BUSY', 'ERR_HW_SHUTTING_DOWN'] as const) {
  turnstile(`answers ${code} in whole, asks to come back later, and ends`, () => {
    const { calls } = new Gate().come(code);
    const [bytes, end] = calls as [Uint8Array, string];
    assert.is(end, 'end');
    assert.equal([...bytes.subarray(0, PREFACE.length)], [...PREFACE]);
    const splitter = new FrameSplitter(1000);
    splitter.push(bytes.subarray(PREFACE.length));
    assert.ok(splitter.next());
    const frame = new FrameReader().read(splitter.bytes, splitter.start, splitter.end) as HandshakeFrame;
    assert.is(frame.type, FrameType.REJECT);
    const { code: told, retryAfterMs } = decodeReject(frame.body);
    assert.equal([told, retryAfterMs], [code, 1000]);
  });
}

turnstile('reads whatever the client still says, and drops a client that never ends', async () => {
  const gate = new Gate();
  const { sink, calls } = gate.come();
  sink.bytes(new Uint8Array(100_000));
  sink.drained();
  sink.readEnded();
  await gate.clock.advance(1000);
  assert.is(calls.at(-1), 'abort');
  sink.closed({ kind: 'destroyed' });
  assert.is(gate.clock.pending, 0);
});

turnstile('is empty when the last one has gone', () => {
  const gate = new Gate();
  assert.ok(gate.turnstile.isEmpty);
  const [first, second] = [gate.come(), gate.come()];
  assert.not.ok(gate.turnstile.isEmpty);
  first.sink.closed({ kind: 'finished' });
  assert.is(gate.emptied, 0);
  second.sink.closed({ kind: 'finished' });
  assert.equal([gate.emptied, gate.turnstile.isEmpty, gate.clock.pending], [1, true, 0]);
});

turnstile('lets 256 read their answer at once, and drops the next without one', () => {
  const gate = new Gate();
  const guests = Array.from({ length: 257 }, () => gate.come());
  assert.ok(guests.slice(0, 256).every(({ calls }) => calls.at(-1) === 'end'));
  assert.equal(guests[256]!.calls, ['abort']);
  for (const { sink } of guests) sink.closed({ kind: 'destroyed' });
  assert.is(gate.clock.pending, 0);
  assert.is(gate.come().calls.at(-1), 'end');
});

turnstile('counts one that never opened', () => {
  const gate = new Gate();
  gate.turnstile.turnAway('ERR_HW_BUSY').closed({ kind: 'reset' });
  assert.ok(gate.turnstile.isEmpty);
});
turnstile.run();
