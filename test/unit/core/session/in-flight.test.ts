import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HeartwireError } from '../../../../packages/core/src/errors/heartwire-error.ts';
import { InFlight } from '../../../../packages/core/src/session/in-flight.ts';
import { OutgoingMessage, type OutgoingKind } from '../../../../packages/core/src/session/outgoing-message.ts';
import type { AckDetail, RefusedId } from '../../../../packages/core/src/wire/frame.ts';

const NO_DATA = new Uint8Array(0);

/** Nothing is without its fate. */
function isAllSettled({ inFlight }: Flight): boolean {
  return inFlight.base > inFlight.lastId;
}

/** What is in flight, and what was told about it: 'd1' delivered, 'h1' handled, 'r1:code' refused. */
class Flight {
  readonly told: string[] = [];
  readonly inFlight = new InFlight({
    delivered: (message) => {
      message.stage = 'delivered';
      this.told.push(`d${message.id}`);
    },
    handled: (message) => void this.told.push(`h${message.id}`),
    refused: (message, { code }) => void this.told.push(`r${message.id}:${code}`),
  });

  /** Writes `count` messages, each whole. */
  write(count: number, kind: OutgoingKind = 'message', bytes = 1): this {
    for (let left = count; left > 0; left -= 1) {
      this.begin(kind, bytes);
      this.complete();
    }
    return this;
  }

  /** The last chunk of what was begun is written. */
  complete(): void {
    const message = this.inFlight.current!;
    message.writtenBytes = message.size;
    this.inFlight.completeCurrent(message, message.size);
  }

  /** Writes and settles every id before `id`, a window at a time, and forgets what was told. */
  settleAllBefore(id: number): this {
    while (this.inFlight.lastId < id - 1) {
      this.write(Math.min(1000, id - 1 - this.inFlight.lastId));
      this.acknowledge(this.inFlight.lastId, this.inFlight.lastId);
    }
    this.told.length = 0;
    return this;
  }

  /** Writes a message's first chunk only. */
  begin(kind: OutgoingKind = 'message', bytes = 1): OutgoingMessage {
    const message = new OutgoingMessage(kind, 'say', new Uint8Array(bytes));
    this.inFlight.add(message);
    message.stage = 'sent';
    return message;
  }

  /** An acknowledgement by full positions; `detail` is as on the wire. */
  acknowledge(received: number, settled: number, detail: AckDetail | null = null, partialBytes = 0): this {
    const ack = { received: received & 0xffff, unsettled: received - settled, delayTicks: 0 };
    this.inFlight.acknowledge(ack, detail, partialBytes);
    return this;
  }

  /** The same, which must be refused and must change nothing. */
  assertRefused(received: number, settled: number, detail: AckDetail | null = null, partialBytes = 0): void {
    const before = this.#snapshot();
    assert.throws(() => this.acknowledge(received, settled, detail, partialBytes), isAckError);
    assert.equal(this.#snapshot(), before);
  }

  #snapshot(): unknown {
    const { received, base, windowedMessages, windowedBytes, arrivedBytes } = this.inFlight;
    return { told: [...this.told], received, base, windowedMessages, windowedBytes, arrivedBytes };
  }
}

function isAckError(error: unknown): boolean {
  return error instanceof HeartwireError && error.code === 'ERR_HW_ACK_RANGE' && error.by === 'remote';
}

function ranges(...pairs: [gap: number, length: number][]): AckDetail {
  return { ranges: pairs.map(([gap, length]) => ({ gap, length })), refusals: [] };
}

function refusals(...ids: number[]): AckDetail {
  return { ranges: [], refusals: ids.map((id): RefusedId => ({ id, code: 'no', data: NO_DATA })) };
}

const positions = suite('acknowledging by position');

positions('delivers up to received, handles up to settled, in the order of the ids', () => {
  const flight = new Flight().write(4).acknowledge(3, 2);
  assert.equal(flight.told, ['d1', 'd2', 'd3', 'h1', 'h2']);
  assert.is(flight.inFlight.received, 3);
  assert.not.ok(isAllSettled(flight));
  flight.acknowledge(4, 4);
  assert.equal(flight.told.slice(5), ['d4', 'h3', 'h4']);
  assert.ok(isAllSettled(flight));
});

positions('says the same again without effect', () => {
  const flight = new Flight().write(2).acknowledge(2, 1);
  const told = [...flight.told];
  flight.acknowledge(2, 1).acknowledge(2, 1);
  assert.equal(flight.told, told);
});

positions('says nothing before anything was sent', () => {
  const flight = new Flight().acknowledge(0, 0);
  assert.equal(flight.told, []);
  flight.assertRefused(1, 1);
});

positions('reaches the last id that was sent and not one more', () => {
  const flight = new Flight().write(3);
  flight.assertRefused(4, 0);
  flight.acknowledge(3, 0);
  flight.assertRefused(4, 4);
});

positions('never takes received back: a smaller number is one that is far beyond', () => {
  const flight = new Flight().write(3).acknowledge(3, 0);
  flight.assertRefused(2, 0);
});

positions('never takes settled back', () => {
  const flight = new Flight().write(5).acknowledge(4, 3);
  flight.assertRefused(4, 2);
  flight.assertRefused(5, 2);
  flight.acknowledge(5, 3);
});

positions('never has more unsettled than there are ids', () => {
  const flight = new Flight().write(3);
  flight.assertRefused(3, -1);
  flight.assertRefused(3, 3 - 2 ** 53);
  flight.acknowledge(3, 0);
});

positions('does not reach a message that is written in part only', () => {
  const flight = new Flight().write(1);
  flight.begin();
  flight.assertRefused(2, 0);
  flight.acknowledge(1, 1);
  flight.complete();
  flight.acknowledge(2, 2);
  assert.equal(flight.told, ['d1', 'h1', 'd2', 'h2']);
});

positions('keeps count across 65,536 ids and far beyond', () => {
  const flight = new Flight();
  let sent = 0;
  // An odd step, so that the wrap falls on every place of a round sooner or later.
  while (sent < 140_000) {
    flight.write(999);
    sent += 999;
    flight.acknowledge(sent - 1, sent - 7);
    assert.is(flight.inFlight.received, sent - 1);
    flight.acknowledge(sent, sent);
    assert.ok(isAllSettled(flight));
    flight.told.length = 0;
  }
  assert.is(flight.inFlight.windowedMessages, 0);
});

for (const firstUnacknowledged of [65_534, 65_535, 65_536, 65_537, 131_071, 131_072]) {
  positions(`checks its bounds at id ${firstUnacknowledged}`, () => {
    const flight = new Flight().settleAllBefore(firstUnacknowledged);
    flight.assertRefused(firstUnacknowledged, firstUnacknowledged);
    flight.write(2);
    flight.assertRefused(firstUnacknowledged + 2, firstUnacknowledged);
    flight.assertRefused(firstUnacknowledged, firstUnacknowledged - 2);
    flight.acknowledge(firstUnacknowledged + 1, firstUnacknowledged);
    assert.equal(flight.told, [`d${firstUnacknowledged}`, `d${firstUnacknowledged + 1}`, `h${firstUnacknowledged}`]);
  });
}
positions('counts the bytes that arrived, in whole messages and in part', () => {
  const flight = new Flight().write(2, 'message', 100);
  flight.begin('message', 1000).writtenBytes = 400;
  assert.is(flight.inFlight.arrivedBytes, 0);
  flight.acknowledge(1, 0);
  assert.is(flight.inFlight.arrivedBytes, 100);
  flight.acknowledge(2, 0, null, 250).acknowledge(2, 1, null, 250);
  assert.is(flight.inFlight.arrivedBytes, 450);
  flight.acknowledge(2, 2);
  assert.is(flight.inFlight.arrivedBytes, 450, 'who says nothing of the part takes nothing back');
  flight.complete();
  flight.acknowledge(3, 2);
  assert.is(flight.inFlight.arrivedBytes, 1200);
});

positions('has no more of a message in part than was written, and no less than was told', () => {
  const flight = new Flight().write(1, 'message', 100);
  flight.assertRefused(1, 0, null, 1);
  flight.begin('message', 1000).writtenBytes = 400;
  flight.assertRefused(1, 0, null, 401);
  flight.acknowledge(1, 0, null, 400);
  flight.assertRefused(1, 0, null, 399);
  flight.complete();
  flight.acknowledge(1, 0, null, 1000);
  flight.acknowledge(2, 0);
  flight.assertRefused(2, 0, null, 1);
});

positions('forgets with the connection what it had carried', () => {
  const flight = new Flight().write(1, 'message', 100);
  const message = flight.begin('message', 1000);
  message.writtenBytes = 400;
  flight.acknowledge(1, 0, null, 300);
  flight.inFlight.rewind(1);
  assert.equal([flight.inFlight.arrivedBytes, message.writtenBytes], [0, 0]);
  flight.assertRefused(1, 0, null, 1);
  message.writtenBytes = 200;
  flight.acknowledge(1, 0, null, 100);
  assert.is(flight.inFlight.arrivedBytes, 100);
});

positions.run();

const early = suite('acknowledging by range');

early('handles ids above the position, and the position passes over them later', () => {
  const flight = new Flight().write(6).acknowledge(6, 1, ranges([1, 2], [0, 1]));
  assert.equal(flight.told.slice(6), ['h3', 'h4', 'h6', 'h1']);
  flight.acknowledge(6, 6);
  assert.equal(flight.told.slice(10), ['h2', 'h5']);
  assert.ok(isAllSettled(flight));
});

early('reaches received and not one more', () => {
  const flight = new Flight().write(6);
  flight.assertRefused(5, 1, ranges([3, 2]));
  flight.assertRefused(5, 1, ranges([0, 1], [1, 3]));
  flight.acknowledge(5, 1, ranges([2, 2]));
  assert.equal(flight.told.slice(5), ['h4', 'h5', 'h1']);
});

early('of a length or a gap that no window holds is refused at once', () => {
  const flight = new Flight().write(3);
  flight.assertRefused(3, 0, ranges([1, Number.MAX_SAFE_INTEGER]));
  flight.assertRefused(3, 0, ranges([Number.MAX_SAFE_INTEGER, 1]));
});

early('counts each id once for the window, however often it is named', () => {
  const flight = new Flight().write(4, 'message', 10);
  assert.equal([flight.inFlight.windowedMessages, flight.inFlight.windowedBytes], [4, 40]);
  flight.acknowledge(4, 0, ranges([1, 1]));
  assert.equal([flight.inFlight.windowedMessages, flight.inFlight.windowedBytes], [3, 30]);
  flight.acknowledge(4, 0, ranges([1, 1])).acknowledge(4, 2);
  assert.equal([flight.inFlight.windowedMessages, flight.inFlight.windowedBytes], [2, 20]);
  assert.equal(flight.told.slice(4), ['h2', 'h1']);
});

early('counts answers for nothing', () => {
  const flight = new Flight().write(2, 'reply', 10).write(1, 'refusal', 10).write(1, 'request', 3);
  assert.equal([flight.inFlight.windowedMessages, flight.inFlight.windowedBytes], [1, 3]);
  flight.acknowledge(4, 4);
  assert.equal([flight.inFlight.windowedMessages, flight.inFlight.windowedBytes], [0, 0]);
});
early.run();

const refusing = suite('acknowledging by refusal');

refusing('settles an id wherever it lies, and a covering position in the same ACK does not handle it', () => {
  const flight = new Flight().write(3).acknowledge(3, 2, refusals(1, 3));
  assert.equal(flight.told, ['d1', 'd2', 'd3', 'r1:no', 'r3:no', 'h2']);
  flight.acknowledge(3, 3);
  assert.is(flight.told.length, 6);
  assert.ok(isAllSettled(flight));
});

refusing('may come before the position that covers the id', () => {
  const flight = new Flight().write(2).acknowledge(2, 0, refusals(2)).acknowledge(2, 2);
  assert.equal(flight.told, ['d1', 'd2', 'r2:no', 'h1']);
});

refusing('changes nothing for an id that a position has covered, as when it is told again', () => {
  const flight = new Flight().write(3).acknowledge(3, 2);
  flight.acknowledge(3, 2, refusals(1));
  flight.acknowledge(3, 3, refusals(2));
  assert.equal(flight.told.slice(-1), ['h3']);
});

refusing('reaches received and not one more', () => {
  const flight = new Flight().write(3);
  flight.assertRefused(2, 2, refusals(3));
  flight.assertRefused(3, 0, refusals(4));
  flight.assertRefused(3, 0, refusals(0));
  flight.acknowledge(3, 0, refusals(3));
});

refusing('crosses a range: whoever came first decides, once', () => {
  const detail: AckDetail = { ...ranges([0, 3]), refusals: refusals(2).refusals };
  const flight = new Flight().write(3).acknowledge(3, 0, detail);
  assert.equal(flight.told.slice(3), ['r2:no', 'h1', 'h3']);
  flight.acknowledge(3, 0, refusals(3));
  assert.equal(flight.told.slice(3), ['r2:no', 'h1', 'h3']);
});

refusing('of the same id twice is told once', () => {
  const flight = new Flight().write(2).acknowledge(2, 0, refusals(2)).acknowledge(2, 0, refusals(2));
  assert.equal(flight.told, ['d1', 'd2', 'r2:no']);
  assert.is(flight.inFlight.windowedMessages, 1);
});
refusing.run();

const clearing = suite('clearing what is in flight');

clearing('gives what is not settled, in order, and lets go of it', () => {
  const flight = new Flight().write(4).acknowledge(3, 1, ranges([1, 1]));
  flight.begin();
  assert.equal(
    flight.inFlight.clear().map(({ id }) => id),
    [2, 4, 5],
  );
  assert.equal([flight.inFlight.windowedMessages, flight.inFlight.windowedBytes], [0, 0]);
  assert.equal(flight.inFlight.clear(), []);
});

clearing('gives nothing when all is settled', () => {
  assert.equal(new Flight().write(100).acknowledge(100, 100).inFlight.clear(), []);
});
clearing.run();
