import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HeartwireError, msgpackCodec, type AnyContract, type Codec, type ServerSession } from '@heartwire/core';
import { testClock } from '@heartwire/core/testing';
import { SessionAudience } from '../../../../packages/core/src/runtime/audience.ts';
import type { BroadcastCopy, Recipient } from '../../../../packages/core/src/runtime/broadcast.ts';
import type { OutgoingVolatile } from '../../../../packages/core/src/session/volatile-outbox.ts';
import { resolveOptions, type CommonOptions } from '../../../../packages/core/src/runtime/options.ts';

type AnyServerSession = ServerSession<AnyContract>;

/** A session that only holds what it is given. */
interface Mailbox extends Recipient {
  readonly copies: BroadcastCopy[];
  readonly values: OutgoingVolatile[];
}

function mailbox(): Mailbox & AnyServerSession {
  const copies: BroadcastCopy[] = [];
  const values: OutgoingVolatile[] = [];
  const driver: Recipient['driver'] = {
    send: (copy) => void copies.push(copy),
    cancel() {},
    shareVolatile: (value) => void values.push(value),
  };
  return { copies, values, driver } as Mailbox as Mailbox & AnyServerSession;
}

/** MessagePack that counts. */
class CountingCodec implements Codec {
  readonly name = 'msgpack';
  encoded = 0;

  encode(value: unknown): Uint8Array {
    this.encoded += 1;
    return msgpackCodec.encode(value);
  }

  decode(bytes: Uint8Array): unknown {
    return msgpackCodec.decode(bytes);
  }
}

function audienceOf(list: () => readonly Mailbox[], options: CommonOptions = {}): SessionAudience<AnyContract> {
  return new SessionAudience(resolveOptions({ clock: testClock(100), ...options }), list);
}

function codeThrownBy(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    assert.instance(error, HeartwireError);
    return (error as HeartwireError).code;
  }
  throw new Error('it threw nothing');
}

const audience = suite('an audience');

audience('encodes once, whoever listens, and hands the same bytes to all', () => {
  const codec = new CountingCodec();
  const mailboxes = Array.from({ length: 100 }, mailbox);
  void audienceOf(() => mailboxes, { codec }).send('say', { text: 'hi' });
  assert.is(codec.encoded, 1);
  const payloads = new Set(mailboxes.map(({ copies }) => copies[0]!.payload));
  assert.is(payloads.size, 1);
  assert.equal(msgpackCodec.decode([...payloads][0]!), { text: 'hi' });
});

audience('is who is listed when it is sent to', () => {
  const [ada, grace] = [mailbox(), mailbox()];
  let listed = [ada];
  const here = audienceOf(() => listed);
  void here.send('say', 1);
  listed = [ada, grace];
  void here.send('say', 2);
  assert.is(ada.copies.length, 2);
  assert.is(grace.copies.length, 1);
});

audience('leaves out whom it is told to, and is itself left as it was', () => {
  const [ada, grace, joan] = [mailbox(), mailbox(), mailbox()];
  const everybody = audienceOf(() => [ada, grace, joan]);
  const others = everybody.except(ada);
  void others.send('say');
  void others.except(grace).send('say');
  void everybody.except(ada, grace, joan).send('say');
  void everybody.except().send('say');
  assert.equal(
    [ada, grace, joan].map(({ copies }) => copies.length),
    [1, 2, 3],
  );
});

audience('has an empty payload where nothing is said', () => {
  const ada = mailbox();
  void audienceOf(() => [ada]).send('say');
  assert.is(ada.copies[0]!.payload.length, 0);
});

for (const [title, list] of [
  ['and sends nothing', [mailbox(), mailbox()]],
  ['also when nobody is there', []],
] as const) {
  audience(`throws mistakes of the caller at once, ${title}`, () => {
    const here = audienceOf(() => list);
    assert.is(
      codeThrownBy(() => here.send('say', new Date())),
      'ERR_HW_PAYLOAD',
    );
    assert.is(
      codeThrownBy(() => here.send('')),
      'ERR_HW_TYPE_NAME',
    );
    assert.is(
      codeThrownBy(() => here.send('x'.repeat(129))),
      'ERR_HW_TYPE_NAME',
    );
    assert.ok(list.every(({ copies }) => copies.length === 0));
    void here.send('x'.repeat(128));
    assert.ok(list.every(({ copies }) => copies.length === 1));
  });
}

for (const [confirm, option, expected] of [
  [undefined, undefined, 0],
  [undefined, 'delivered', 1],
  ['delivered', undefined, 1],
  ['handled', 'delivered', 0],
] as const) {
  audience(`decides by confirm: ${confirm} where the server's is ${option}`, () => {
    const ada = mailbox();
    const here = audienceOf(() => [ada], option === undefined ? {} : { confirm: option });
    const sent = here.send('say', 1, confirm === undefined ? {} : { confirm });
    ada.copies[0]!.stage = 'delivered';
    ada.copies[0]!.tell(200);
    assert.is(sent.progress$.value.decided, expected);
  });
}
audience.run();

const values = suite('a volatile value to an audience');

values('is encoded once, and everybody gets the same', () => {
  const codec = new CountingCodec();
  const mailboxes = Array.from({ length: 100 }, mailbox);
  audienceOf(() => mailboxes, { codec }).volatile('at', { x: 1 }, { key: 7 });
  assert.is(codec.encoded, 1);
  const shared = new Set(mailboxes.map((one) => one.values[0]!));
  assert.is(shared.size, 1);
  const [{ name, key, payload }] = shared as unknown as [OutgoingVolatile];
  assert.equal([name, key, msgpackCodec.decode(payload)], ['at', '7', { x: 1 }]);
  assert.ok(mailboxes.every(({ copies }) => copies.length === 0));
});

values('reaches who is listed and not excepted', () => {
  const [ada, grace] = [mailbox(), mailbox()];
  audienceOf(() => [ada, grace])
    .except(ada)
    .volatile('at');
  assert.equal([ada.values.length, grace.values.length], [0, 1]);
});

for (const [title, list] of [
  ['and goes nowhere', [mailbox(), mailbox()]],
  ['also when nobody is there', []],
] as const) {
  values(`is a mistake of the caller when it can never be sent, ${title}`, () => {
    const here = audienceOf(() => list);
    const codes = [
      () => here.volatile('at', new Date()),
      () => here.volatile(''),
      () => here.volatile('at', 1, { key: 'k'.repeat(256) }),
      () => here.volatile('at', new Uint8Array(16_384)),
    ].map(codeThrownBy);
    assert.equal(codes, ['ERR_HW_PAYLOAD', 'ERR_HW_TYPE_NAME', 'ERR_HW_OPTION', 'ERR_HW_MESSAGE_TOO_LARGE']);
    assert.ok(list.every((one) => one.values.length === 0));
    // Three bytes of the 16 KiB say that it is binary.
    here.volatile('at', new Uint8Array(16_381));
    assert.ok(list.every((one) => one.values.length === 1));
  });
}
values.run();

const times = suite('a message to an audience');

times('has the times that it is given, in every session', () => {
  const [ada, grace] = [mailbox(), mailbox()];
  const here = audienceOf(() => [ada, grace]);
  void here.send('say', 1, { timeout: 50, expiresIn: 70 });
  void here.send('say', 2);
  for (const { copies } of [ada, grace]) {
    assert.equal(
      copies.map(({ limitAtMs, limitReason, expiresAtMs }) => [limitAtMs, limitReason, expiresAtMs]),
      [
        [150, 'timeout', 170],
        [Infinity, 'timeout', Infinity],
      ],
    );
  }
  assert.is(
    codeThrownBy(() => here.send('say', 3, { expiresIn: 0 })),
    'ERR_HW_OPTION',
  );
  assert.is(ada.copies.length, 2);
});

times('that was confirmed as far as was asked for is not withdrawn when the waiting is over', () => {
  const [ada, grace] = [mailbox(), mailbox()];
  void audienceOf(() => [ada, grace]).send('say', 1, { timeout: 50, confirm: 'delivered' });
  const [confirmed, open] = [ada.copies[0]!, grace.copies[0]!];
  confirmed.stage = 'delivered';
  confirmed.tell(120);
  assert.equal([confirmed.isAwaited, open.isAwaited], [false, true]);
});
times.run();
