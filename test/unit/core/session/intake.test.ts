import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Connection } from '../../../../packages/core/src/connection/connection.ts';
import { Farewell } from '../../../../packages/core/src/session/farewell.ts';
import type { IncomingMessage } from '../../../../packages/core/src/session/incoming-message.ts';
import { Intake } from '../../../../packages/core/src/session/intake.ts';
import { Sender } from '../../../../packages/core/src/session/sender.ts';
import { VolatileChannel } from '../../../../packages/core/src/session/volatile-channel.ts';
import { FrameType } from '../../../../packages/core/src/wire/frame-type.ts';
import { FrameWriter } from '../../../../packages/core/src/wire/frame-writer.ts';
import type { MessageFrame } from '../../../../packages/core/src/wire/frame.ts';
import { isError } from '../../../support/is-error.ts';
import { sentFrames } from '../../../support/sent-frames.ts';
import { ANNOUNCEMENT, HANDLED, refusedWith } from '../../../support/session-pair.ts';

interface Parts {
  readonly intake: Intake;
  readonly sender: Sender;
  readonly farewell: Farewell;
}

function parts(): Parts {
  const sender = new Sender({ maxMessages: 10, maxBytes: 1000 }, () => null);
  sender.open(ANNOUNCEMENT);
  const farewell = new Farewell();
  const intake = new Intake(ANNOUNCEMENT, 'refuse', {
    sender,
    farewell,
    volatile: new VolatileChannel(ANNOUNCEMENT, 10),
  });
  intake.receiver.sessionId = 's';
  intake.receiver.inbox.addConsumer(null, { concurrency: Infinity });
  intake.attach({ readAtMs: 1000 } as Connection);
  return { intake, sender, farewell };
}

function frame(sequence: number, changes: Partial<MessageFrame> = {}): MessageFrame {
  const rest = { ack: null, more: false, name: 'say', payload: new Uint8Array([1]), expiresMs: null };
  return { type: FrameType.MESSAGE, sequence, ...rest, ...changes };
}

/** Brings one message in and takes it out. */
function bring({ intake }: Parts, changes: Partial<MessageFrame> = {}): IncomingMessage {
  const { acks, inbox } = intake.receiver;
  intake.receive(frame(acks.received + 1, changes), 1000);
  return inbox.takeReady()[0]!;
}

/** What was answered, as frames. */
function answers({ sender }: Parts): unknown[] {
  const writer = new FrameWriter();
  sender.write(writer, 1000, () => null, 0);
  return sentFrames([writer.take() ?? new Uint8Array(0)]).map(({ type }) => type);
}

const intake = suite('the intake');

intake('answers a request with REPLY or REFUSAL, and a message with a word in the acknowledgement', () => {
  const all = parts();
  all.intake.settle(bring(all), HANDLED);
  all.intake.settle(bring(all), refusedWith('no'));
  assert.equal(answers(all), []);
  assert.is(all.intake.receiver.acks.keptRefusals, 1);
  const request = { type: FrameType.REQUEST } as Partial<MessageFrame>;
  all.intake.settle(bring(all, request), { kind: 'handled', payload: new Uint8Array([7]) });
  all.intake.settle(bring(all, request), refusedWith('no'));
  assert.equal(answers(all), [FrameType.REPLY, FrameType.REFUSAL]);
  assert.is(all.intake.receiver.acks.settled, 4);
});

intake('hears a verdict once', () => {
  const all = parts();
  const message = bring(all);
  all.intake.settle(message, refusedWith('no'));
  all.intake.settle(message, HANDLED);
  assert.is(all.intake.receiver.acks.keptRefusals, 1);
});

intake('answers nobody any more when it is closed', () => {
  const all = parts();
  const request = bring(all, { type: FrameType.REQUEST });
  all.intake.close();
  all.intake.settle(request, HANDLED);
  assert.equal([answers(all), all.intake.receiver.acks.settled], [[], 1]);
});

intake('refuses a request that crosses our goodbye, and takes messages', () => {
  const all = parts();
  all.farewell.endsSending = true;
  all.farewell.writeGoodbye(new FrameWriter(), 0);
  assert.is(bring(all, { type: FrameType.REQUEST }), undefined);
  assert.is(all.intake.receiver.acks.keptRefusals, 1);
  assert.is(bring(all).id, 2);
});

intake('counts the time of a message from the handshake, and lets nobody begin it later', () => {
  const all = parts();
  const message = bring(all, { expiresMs: 500 });
  assert.is(all.intake.nextDeadlineMs, 1500);
  assert.ok(all.intake.begin(message, 1499));
  const late = bring(all, { expiresMs: 500 });
  assert.not.ok(all.intake.begin(late, 1500));
  assert.is(all.intake.receiver.acks.keptRefusals, 1);
  assert.not.ok(all.intake.begin(late, 0), 'it has its fate');
});

intake('refuses what expires while it waits, and tells the handler that runs', () => {
  const all = parts();
  const [waiting, running] = [bring(all, { expiresMs: 500 }), bring(all, { expiresMs: 500 })];
  let told = 0;
  running.onWithdrawn = () => (told += 1);
  all.intake.begin(running, 1000);
  all.intake.handleDeadline(1499);
  assert.equal([told, waiting.isSettled], [0, false]);
  all.intake.handleDeadline(1500);
  assert.equal([told, waiting.isSettled, running.isSettled], [1, true, false]);
  assert.is(all.intake.nextDeadlineMs, Infinity);
});

intake('cancels all that was asked for in a turn at its end', () => {
  const all = parts();
  all.intake.receive(frame(1), 1000);
  all.intake.receiveCancel({ type: FrameType.CANCEL, id: 1 }, 1000);
  assert.is(all.intake.receiver.acks.keptRefusals, 0);
  all.intake.finishTurn();
  const [message] = all.intake.receiver.inbox.takeReady();
  assert.not.ok(message !== undefined && all.intake.begin(message, 1000));
  assert.is(all.intake.receiver.acks.keptRefusals, 1);
});

intake('hears of no CANCEL for what is not here', () => {
  const { intake: one } = parts();
  const cancel = { type: FrameType.CANCEL, id: 1 } as const;
  assert.throws(() => one.receiveCancel(cancel, 0), isError('ERR_HW_UNEXPECTED_FRAME', /CANCEL of 1/));
});

intake('keeps what waits for handlers over a new session, and tells the new one nothing of it', () => {
  const all = parts();
  const old = bring(all);
  all.intake.renew();
  all.intake.receiver.sessionId = 't';
  all.intake.settle(old, refusedWith('no'));
  assert.equal([old.isSettled, all.intake.receiver.acks.settled], [true, 0]);
});

intake.run();
