/**
 * What is told must be true, told once, and told in time: each run of a random history is compared with a peer that knows only what it was
 * told, and with a naive list of what happened.
 */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Acknowledgements } from '../../../../packages/core/src/session/acknowledgements.ts';
import { FrameWriter } from '../../../../packages/core/src/wire/frame-writer.ts';
import type { AckBlock, AckDetail, RefusedId } from '../../../../packages/core/src/wire/frame.ts';
import { FrameType } from '../../../../packages/core/src/wire/frame-type.ts';
import { UNTOLD_MAX_BYTES } from '../../../../packages/core/src/wire/wire-limit.ts';

const FRAME_MAX_BYTES = 65_536;

function refusal(id: number, bytes = 0): RefusedId {
  return { id, code: `no-${id}`, data: new Uint8Array(bytes) };
}

/** Acknowledgements with `received` ids. */
function received(count: number, nowMs = 0): Acknowledgements {
  const acks = new Acknowledgements();
  for (let id = 1; id <= count; id += 1) acks.receive(FrameType.MESSAGE, 1, nowMs);
  return acks;
}

const due = suite('an acknowledgement is due');

due('never when there is nothing to tell', () => {
  const acks = new Acknowledgements();
  assert.equal([acks.isBehind, acks.isDue(1e9), acks.deadlineMs], [false, false, Infinity]);
  acks.ask();
  assert.not.ok(acks.isDue(1e9));
});

due('25 ms after the first of the untold ids, and not before', () => {
  const acks = received(1, 100);
  assert.is(acks.deadlineMs, 125);
  assert.not.ok(acks.isDue(124.9));
  assert.ok(acks.isDue(125));
});

due('at the second id that is received', () => {
  const acks = received(1);
  assert.not.ok(acks.isDue(0));
  acks.receive(FrameType.MESSAGE, 1, 0);
  assert.ok(acks.isDue(0));
});

due('at once when the position of the settled advances', () => {
  const acks = received(2);
  acks.takeBlock(0);
  acks.settle(1, null);
  assert.ok(acks.isDue(0));
});

due('at once when a range or a refusal is to be told', () => {
  for (const refused of [null, refusal(2)]) {
    const acks = received(2);
    acks.takeBlock(0);
    acks.settle(2, refused);
    assert.ok(acks.hasDetail);
    assert.ok(acks.isDue(0));
  }
});

due('at once when the peer asked', () => {
  const acks = received(1);
  acks.ask();
  assert.ok(acks.isDue(0));
  acks.takeBlock(0);
  assert.not.ok(acks.isDue(1000));
});

due('at no time of its own once the peer asked, however long nothing can be written', () => {
  const acks = received(1);
  assert.is.not(acks.deadlineMs, Infinity);
  acks.ask();
  assert.is(acks.deadlineMs, Infinity);
  acks.takeBlock(0);
  acks.receive(FrameType.MESSAGE, 1, 500);
  assert.is.not(acks.deadlineMs, Infinity);
});

due('at 16 KiB of payload that nobody told of, whole or in part, and not before', () => {
  const acks = new Acknowledgements();
  acks.receivePart(UNTOLD_MAX_BYTES - 1);
  assert.equal([acks.isDue(0), acks.deadlineMs, acks.isBehind], [false, Infinity, false]);
  acks.receivePart(1);
  assert.equal([acks.isDue(0), acks.isBehind], [true, false]);
  acks.takeBlock(0);
  assert.is(acks.takePartial(), UNTOLD_MAX_BYTES);
  assert.equal([acks.isDue(0), acks.takePartial()], [false, 0]);
  acks.receivePart(6000);
  acks.receive(FrameType.MESSAGE, UNTOLD_MAX_BYTES + 10_000, 0);
  acks.receivePart(UNTOLD_MAX_BYTES - 10_001);
  assert.not.ok(acks.isDue(0));
  acks.receivePart(1);
  assert.ok(acks.isDue(0));
  acks.takeBlock(0);
  assert.is(acks.takePartial(), UNTOLD_MAX_BYTES - 10_000, 'of the new message only');
});

due('by what is here of a message on this connection only', () => {
  const acks = new Acknowledgements();
  acks.receivePart(UNTOLD_MAX_BYTES);
  acks.restart();
  assert.equal([acks.isDue(0), acks.takePartial()], [false, 0]);
  acks.receivePart(UNTOLD_MAX_BYTES);
  assert.ok(acks.isDue(0));
  assert.is(acks.takePartial(), UNTOLD_MAX_BYTES);
});

due('no earlier because the peer asked when there was nothing to tell', () => {
  const acks = new Acknowledgements();
  acks.ask();
  acks.receive(FrameType.MESSAGE, 1, 0);
  assert.not.ok(acks.isDue(0));
});

due('no more once it was told, until there is news', () => {
  const acks = received(3);
  acks.settle(1, null);
  acks.takeBlock(0);
  assert.equal([acks.isBehind, acks.isDue(1e9), acks.deadlineMs], [false, false, Infinity]);
});
due.run();

const block = suite('an ack block');

block('tells both positions and how long it was held back', () => {
  const acks = received(3, 10);
  acks.settle(1, null);
  assert.equal(acks.takeBlock(12.34), { received: 3, unsettled: 2, delayTicks: 23 });
});

block('counts its delay from the id that made the position what it is', () => {
  const acks = received(1, 10);
  acks.receive(FrameType.MESSAGE, 1, 20);
  assert.is(acks.takeBlock(25).delayTicks, 50);
});

block('never tells a delay below zero', () => {
  assert.is(received(1, 10).takeBlock(9).delayTicks, 0);
});

block('tells the low 16 bits of the position', () => {
  const acks = new Acknowledgements();
  for (let id = 1; id <= 65_537; id += 1) {
    acks.receive(FrameType.MESSAGE, 1, 0);
    if (id <= 65_530) acks.settle(id, null);
  }
  assert.equal(acks.takeBlock(0), { received: 1, unsettled: 7, delayTicks: 0 });
});
block.run();

const detail = suite('the detail of an ACK');

detail('tells ranges by their distances', () => {
  const acks = received(9);
  for (const id of [3, 4, 6, 9, 1]) acks.settle(id, null);
  assert.equal(acks.takeDetailed(0, FRAME_MAX_BYTES), {
    ack: { received: 9, unsettled: 8, delayTicks: 0 },
    detail: {
      ranges: [
        { gap: 1, length: 2 },
        { gap: 0, length: 1 },
        { gap: 1, length: 1 },
      ],
      refusals: [],
    },
  });
});

detail('leaves out ranges that the position has overtaken', () => {
  const acks = received(3);
  acks.settle(2, null);
  acks.settle(1, null);
  assert.equal(acks.takeDetailed(0, FRAME_MAX_BYTES), {
    ack: { received: 3, unsettled: 1, delayTicks: 0 },
    detail: { ranges: [], refusals: [] },
  });
});

detail('tells refusals in ascending order, and not as ranges', () => {
  const acks = received(4);
  acks.settle(4, refusal(4));
  acks.settle(2, refusal(2));
  acks.settle(1, null);
  const told = acks.takeDetailed(0, FRAME_MAX_BYTES);
  assert.is(told.ack.unsettled, 2);
  assert.equal(told.detail.ranges, []);
  assert.equal(
    told.detail.refusals.map(({ id }) => id),
    [2, 4],
  );
});

for (const [count, frames] of [
  [256, 1],
  [257, 2],
  [512, 2],
  [513, 3],
] as const) {
  detail(`holds 256 refusals: ${count} take ${frames} ACKs, and only the last moves the position over them`, () => {
    const acks = received(count);
    for (let id = 1; id <= count; id += 1) acks.settle(id, refusal(id));
    const told = takeAll(acks, FRAME_MAX_BYTES);
    assert.is(told.length, frames);
    assert.equal(
      told.map(({ ack }) => ack.unsettled),
      told.map((_, index) => (index === frames - 1 ? 0 : count)),
    );
  });

  detail(`holds 256 ranges: ${count} take ${frames} ACKs`, () => {
    const acks = received(2 * count);
    for (let id = 2; id <= 2 * count; id += 2) acks.settle(id, null);
    const told = takeAll(acks, FRAME_MAX_BYTES);
    assert.is(told.length, frames);
    assert.is(
      told.reduce((sum, one) => sum + one.detail.ranges.length, 0),
      count,
    );
  });
}

// An ACK with 256 refusals of 1 KiB each was larger than the frames that the peer accepts, and cost the connection.
detail('never makes a frame that is larger than the peer accepts', () => {
  for (const frameMaxBytes of [1024, 1100, 4096, FRAME_MAX_BYTES]) {
    const acks = received(2000);
    for (let id = 2; id <= 2000; id += 2) acks.settle(id, id % 3 === 0 ? null : refusal(id, 900));
    const told = takeAll(acks, frameMaxBytes);
    for (const { ack, detail: each } of told) assert.ok(frameBytes(ack, each) <= frameMaxBytes);
    const refusals = told.flatMap((each) => each.detail.refusals);
    assert.is(refusals.length, Array.from({ length: 1000 }, (_, at) => 2 * at + 2).filter((id) => id % 3 !== 0).length);
  }
});

detail('leaves data out that would not fit into any frame, and tells the code', () => {
  const acks = received(2);
  acks.settle(1, refusal(1, 1024));
  acks.settle(2, refusal(2, 10));
  const [told] = takeAll(acks, 1024);
  assert.equal(
    told!.detail.refusals.map(({ code, data }) => [code, data.length]),
    [
      ['no-1', 0],
      ['no-2', 10],
    ],
  );
  const larger = received(1);
  larger.settle(1, refusal(1, 1024));
  assert.is(larger.takeDetailed(0, 2048).detail.refusals[0]!.data.length, 1024);
});
detail.run();

function takeAll(acks: Acknowledgements, frameMaxBytes: number): { ack: AckBlock; detail: AckDetail }[] {
  const told = [];
  while (acks.hasDetail) told.push(acks.takeDetailed(0, frameMaxBytes));
  return told;
}

/** What `length` would say of this ACK. */
function frameBytes(ack: AckBlock, withDetail: AckDetail): number {
  const writer = new FrameWriter();
  writer.ack(ack, withDetail);
  const bytes = writer.take()!.length;
  return bytes - (bytes > 16_387 ? 4 : bytes > 65 ? 2 : 1);
}

/** A peer that believes what it is told, and complains of what it could not understand. */
class ToldPeer {
  received = 0;
  settled = 0;
  readonly early = new Set<number>();
  readonly refused = new Map<number, string>();

  hear({ received: low, unsettled }: AckBlock, told: AckDetail | null): void {
    const position = this.received + ((low - this.received) & 0xffff);
    const settled = position - unsettled;
    assert.ok(settled >= this.settled, `settled goes back from ${this.settled} to ${settled}`);
    this.#hearDetail(told, settled, position);
    this.received = position;
    this.settled = settled;
  }

  #hearDetail(told: AckDetail | null, settled: number, position: number): void {
    assert.ok((told?.ranges.length ?? 0) <= 256 && (told?.refusals.length ?? 0) <= 256, 'too many entries');
    let last = 0;
    for (const { id, code } of told?.refusals ?? []) {
      assert.ok(id > last && id <= position, `refusal ${id} after ${last}, received ${position}`);
      assert.ok(id > this.settled, `refusal ${id} is told after the position ${this.settled}`);
      assert.not.ok(this.refused.has(id), `refusal ${id} is told twice`);
      this.refused.set(id, code);
      last = id;
    }
    let next = settled + 1;
    for (const { gap, length } of told?.ranges ?? []) {
      assert.ok(length >= 1, 'an empty range');
      const first = next + gap;
      assert.ok(first + length - 1 <= position, 'a range beyond received');
      for (let id = first; id < first + length; id += 1) {
        assert.not.ok(this.early.has(id), `id ${id} is in two ranges`);
        this.early.add(id);
      }
      next = first + length + 1;
    }
  }

  /** What it takes an id for. */
  fateOf(id: number): string {
    return this.refused.get(id) ?? (id <= this.settled || this.early.has(id) ? 'handled' : 'open');
  }
}

type Step =
  | { readonly kind: 'receive'; readonly count: number }
  | { readonly kind: 'settle' | 'refuse'; readonly pick: number; readonly isOldest: boolean }
  | { readonly kind: 'tell' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('receive' as const), count: fc.integer({ min: 1, max: 40 }) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom('settle' as const, 'refuse' as const),
      pick: fc.nat(),
      isOldest: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('tell' as const) }) },
);

/** Runs a history; returns what really happened beside what the peer was told. */
function run(steps: readonly Step[], frameMaxBytes: number): void {
  const acks = new Acknowledgements();
  const peer = new ToldPeer();
  const fates: string[] = [];
  const open: number[] = [];
  const check = (): void => {
    fates.forEach((fate, index) => {
      const told = peer.fateOf(index + 1);
      if (told !== 'open') assert.is(told, fate, `id ${index + 1}`);
    });
    assert.is(peer.received, acks.received);
  };
  const tell = (): void => {
    for (const told of takeAll(acks, frameMaxBytes)) {
      assert.ok(frameBytes(told.ack, told.detail) <= frameMaxBytes);
      peer.hear(told.ack, told.detail);
      check();
    }
    if (acks.isBehind) peer.hear(acks.takeBlock(0), null);
    check();
    assert.not.ok(acks.isBehind);
    fates.forEach((fate, index) => assert.is(peer.fateOf(index + 1), fate, `id ${index + 1} after all was told`));
  };
  for (const each of steps) {
    if (each.kind === 'tell') tell();
    else if (each.kind === 'receive') {
      for (let left = each.count; left > 0; left -= 1) {
        acks.receive(FrameType.MESSAGE, 1, 0);
        open.push(fates.push('open'));
      }
    } else if (open.length > 0) {
      const [id] = open.splice(each.isOldest ? 0 : each.pick % open.length, 1) as [number];
      fates[id - 1] = each.kind === 'settle' ? 'handled' : `no-${id}`;
      acks.settle(id, each.kind === 'settle' ? null : refusal(id, id % 200));
    }
  }
  const firstOpen = fates.indexOf('open');
  assert.is(acks.settled, firstOpen < 0 ? fates.length : firstOpen);
  tell();
}

const model = suite('acknowledgements, in any order of receiving, settling, refusing and telling');

for (const frameMaxBytes of [1024, FRAME_MAX_BYTES]) {
  model(
    `tell the truth, once, and no refusal later than the position that covers it (frames of ${frameMaxBytes})`,
    () => {
      const history = fc.array(step, { minLength: 1, maxLength: 300, size: 'max' });
      fc.assert(
        fc.property(history, (steps) => run(steps, frameMaxBytes)),
        { numRuns: 300, seed: 1 },
      );
    },
  );
}

model('tell the truth about thousands that were settled from behind', () => {
  const steps: Step[] = [{ kind: 'receive', count: 3000 }];
  for (let at = 0; at < 3000; at += 1) {
    steps.push({ kind: at % 2 === 0 ? 'refuse' : 'settle', pick: 2999 - at, isOldest: false });
  }
  run(steps, FRAME_MAX_BYTES);
  run(steps, 1024);
});
model.run();
