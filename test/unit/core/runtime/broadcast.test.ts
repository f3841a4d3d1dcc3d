import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DeliveryError, type FailedOutcome } from '../../../../packages/core/src/errors/delivery-error.ts';
import type { AnyContract } from '../../../../packages/core/src/runtime/contract.ts';
import { broadcast, type BroadcastCopy, type Recipient } from '../../../../packages/core/src/runtime/broadcast.ts';
import type { Broadcast, BroadcastReport } from '../../../../packages/core/src/runtime/audience-api.ts';

const PAYLOAD = new Uint8Array([1, 2, 3]);
const NONE: BroadcastReport = {
  recipients: 0,
  handled: 0,
  delivered: 0,
  notDelivered: 0,
  refused: 0,
  expired: 0,
  cancelled: 0,
  overflow: 0,
  unknown: 0,
};

/** A session that only holds what it is given. */
class Mailbox implements Recipient {
  readonly copies: BroadcastCopy[] = [];
  readonly driver = {
    send: (copy: BroadcastCopy): void => this.take(copy),
    cancel: (_copy: BroadcastCopy): void => {},
    shareVolatile: (): void => assert.unreachable(),
  };

  get last(): BroadcastCopy {
    return this.copies.at(-1)!;
  }

  take(copy: BroadcastCopy): void {
    this.copies.push(copy);
  }

  move(stage: BroadcastCopy['stage'], nowMs = 150): boolean {
    this.last.stage = stage;
    return this.last.tell(nowMs);
  }

  fail(outcome: FailedOutcome): DeliveryError {
    const error = new DeliveryError('ERR_HW_REFUSED', { by: 'remote', outcome, lastStage: 'sent' });
    this.last.error = error;
    this.move('failed');
    return error;
  }
}

/** A session whose outbox is full. */
class FullMailbox extends Mailbox {
  override take(copy: BroadcastCopy): void {
    super.take(copy);
    this.fail('overflow');
  }
}

/** A session that can give a message back. */
class ForgivingMailbox extends Mailbox {
  override readonly driver = {
    shareVolatile: (): void => assert.unreachable(),
    send: (copy: BroadcastCopy): void => this.take(copy),
    cancel: (copy: BroadcastCopy): void => {
      assert.is(copy, this.last);
      this.fail('cancelled');
    },
  };
}

function send(
  recipients: readonly Recipient[],
  { confirm = 'handled', excluded = null }: { confirm?: 'handled' | 'delivered'; excluded?: Set<unknown> | null } = {},
): Broadcast<AnyContract> {
  return broadcast<AnyContract>(recipients, excluded, { type: 'say', payload: PAYLOAD, shared: null, confirm }, 100);
}

/** Whether it has resolved by now. */
async function isResolved(promise: Promise<unknown>): Promise<boolean> {
  const pending = {};
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending;
}

const copies = suite('the copies of a broadcast');

copies('go to every recipient, and share one payload', () => {
  const mailboxes = [new Mailbox(), new Mailbox(), new Mailbox()];
  void send(mailboxes);
  for (const { copies: held, last } of mailboxes) {
    assert.is(held.length, 1);
    assert.is(last.kind, 'message');
    assert.is(last.name, 'say');
    assert.is(last.payload, PAYLOAD);
  }
});

copies('leave out those who are excluded', async () => {
  const [ada, grace] = [new Mailbox(), new Mailbox()];
  const sent = send([ada, grace], { excluded: new Set([ada, {}]) });
  assert.is(ada.copies.length, 0);
  grace.move('handled');
  assert.equal(await sent, { ...NONE, recipients: 1, handled: 1 });
});

copies('tell each step once', () => {
  const mailbox = new Mailbox();
  void send([mailbox]);
  assert.not.ok(mailbox.last.tell(100), 'queued is known from the beginning');
  assert.ok(mailbox.move('sent'));
  assert.not.ok(mailbox.last.tell(120));
  assert.ok(mailbox.move('handled'));
  assert.not.ok(mailbox.last.tell(140));
});
copies.run();

const reports = suite('the report of a broadcast');

reports('comes when the last recipient is decided, with every outcome in its place', async () => {
  const mailboxes = Array.from({ length: 8 }, () => new Mailbox());
  const sent = send(mailboxes);
  mailboxes[0]!.move('handled');
  mailboxes[1]!.move('handled');
  const outcomes = ['not-delivered', 'refused', 'expired', 'cancelled', 'overflow', 'unknown'] as const;
  for (const [index, outcome] of outcomes.entries()) {
    assert.not.ok(await isResolved(sent), `before ${outcome}`);
    mailboxes[index + 2]!.fail(outcome);
  }
  assert.equal(await sent, {
    recipients: 8,
    handled: 2,
    delivered: 0,
    notDelivered: 1,
    refused: 1,
    expired: 1,
    cancelled: 1,
    overflow: 1,
    unknown: 1,
  });
});

reports('comes at once where there is nobody', async () => {
  assert.equal(await send([]), NONE);
  const mailbox = new Mailbox();
  assert.equal(await send([mailbox], { excluded: new Set([mailbox]) }), NONE);
});

reports('counts everybody though some fail at once', async () => {
  const [full, good] = [new FullMailbox(), new Mailbox()];
  const sent = send([full, good, new FullMailbox()]);
  assert.not.ok(await isResolved(sent));
  good.move('handled');
  assert.equal(await sent, { ...NONE, recipients: 3, handled: 1, overflow: 2 });
  assert.equal(await send([new FullMailbox()]), { ...NONE, recipients: 1, overflow: 1 });
});

reports('waits for the handlers, also of those that have it', async () => {
  const mailbox = new Mailbox();
  const sent = send([mailbox]);
  mailbox.move('sent');
  mailbox.move('delivered');
  assert.not.ok(await isResolved(sent));
  mailbox.move('handled');
  assert.is((await sent).handled, 1);
});

reports('comes at delivered where that is asked for, and what follows changes nothing', async () => {
  const [ada, grace, joan] = [new Mailbox(), new Mailbox(), new Mailbox()];
  const sent = send([ada, grace, joan], { confirm: 'delivered' });
  ada.move('delivered');
  ada.fail('refused');
  // One acknowledgement may say both.
  grace.move('handled');
  assert.not.ok(await isResolved(sent));
  joan.move('delivered');
  joan.move('handled');
  assert.equal(await sent, { ...NONE, recipients: 3, delivered: 3 });
  assert.equal(sent.progress$.value, { recipients: 3, decided: 3, handled: 0, delivered: 3, failed: 0 });
});
reports.run();

const streams = suite('the streams of a broadcast');

streams('tell who, with the receipt or the error', () => {
  const [ada, grace] = [new Mailbox(), new Mailbox()];
  const sent = send([ada, grace]);
  const seen: unknown[] = [];
  sent.each$.subscribe({ next: (outcome) => seen.push(outcome), complete: () => seen.push('complete') });
  const error = grace.fail('refused');
  assert.is(seen.length, 1, 'at once');
  ada.last.id = 7;
  ada.move('handled', 140);
  const [first, second, end] = seen as { session: unknown; outcome: string; error?: unknown; receipt?: unknown }[];
  assert.is(first!.session, grace);
  assert.is(first!.outcome, 'refused');
  assert.is(first!.error, error);
  assert.is(second!.session, ada);
  assert.is(second!.outcome, 'handled');
  assert.equal(second!.receipt, { id: 7, stage: 'handled', attempts: 0, elapsed: 40, resumed: false });
  assert.is(end, 'complete');
});

streams('keep the value of the progress until it changes', () => {
  const [ada, grace] = [new Mailbox(), new Mailbox()];
  const { progress$ } = send([ada, grace]);
  const { value } = progress$;
  ada.move('sent');
  assert.is(progress$.value, value);
  ada.move('handled');
  assert.is.not(progress$.value, value);
  assert.equal(progress$.value, { recipients: 2, decided: 1, handled: 1, delivered: 0, failed: 0 });
  const seen: (number | string)[] = [];
  progress$.subscribe({ next: ({ decided }) => seen.push(decided), complete: () => seen.push('complete') });
  grace.fail('unknown');
  assert.equal(seen, [1, 2, 'complete']);
});
streams.run();

const cancelling = suite('cancelling a broadcast');

cancelling('asks the undecided for the message, and reports who gave it back', async () => {
  const [decided, forgiving, stubborn] = [new ForgivingMailbox(), new ForgivingMailbox(), new Mailbox()];
  const sent = send([decided, forgiving, stubborn]);
  decided.move('handled');
  sent.cancel();
  assert.equal(sent.progress$.value, { recipients: 3, decided: 2, handled: 1, delivered: 0, failed: 1 });
  assert.not.ok(await isResolved(sent), 'who cannot give it back goes on');
  stubborn.move('handled');
  assert.equal(await sent, { ...NONE, recipients: 3, handled: 2, cancelled: 1 });
});

cancelling('changes nothing when all is decided', async () => {
  const mailbox = new ForgivingMailbox();
  const sent = send([mailbox]);
  mailbox.move('handled');
  sent.cancel();
  assert.equal(await sent, { ...NONE, recipients: 1, handled: 1 });
});
cancelling.run();
