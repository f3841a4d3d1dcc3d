import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { OutgoingMessage } from '../../../../packages/core/src/session/outgoing-message.ts';
import { ANSWER_MS, Withdrawals } from '../../../../packages/core/src/session/withdrawals.ts';
import { FrameWriter } from '../../../../packages/core/src/wire/frame-writer.ts';
import { hexOf } from '../../../support/hex.ts';

const withdrawals = suite('withdrawals');

function written(id: number, isWhole = true): OutgoingMessage {
  const message = new OutgoingMessage('message', 'say', new Uint8Array(0));
  message.id = id;
  message.isWhollyWritten = isWhole;
  return message;
}

function asked(all: Withdrawals): string {
  const writer = new FrameWriter();
  all.write(writer);
  return hexOf(writer.take() ?? new Uint8Array(0));
}

withdrawals('know a message that has a time of its own', () => {
  const all = new Withdrawals();
  const [limited, free] = [written(1), written(2)];
  limited.limitAtMs = 50;
  all.limit(limited);
  all.limit(free);
  assert.is(all.nextMs, 50);
  assert.equal(all.takeOverdue(49), []);
  assert.equal(all.takeOverdue(50), [limited]);
});

withdrawals('ask once, and wait for the answer for a while', () => {
  const all = new Withdrawals();
  const message = written(3);
  all.ask(message, 100);
  assert.is(asked(all), '026803');
  assert.is(asked(all), '');
  assert.equal(all.takeUnanswered(100 + ANSWER_MS - 1), []);
  assert.equal(all.takeUnanswered(100 + ANSWER_MS), [message]);
});

withdrawals('ask for a message only when it is wholly written, and never for one that is decided', () => {
  const all = new Withdrawals();
  const [partial, decided] = [written(1, false), written(2)];
  all.ask(partial, 0);
  all.ask(decided, 0);
  decided.stage = 'handled';
  assert.is(asked(all), '');
  partial.isWhollyWritten = true;
  assert.is(asked(all), '026801');
});

withdrawals('ask nothing about a message whose time the peer knows, and wait for the answer as long', () => {
  const all = new Withdrawals();
  const message = written(3);
  all.await(message, 100);
  assert.is(asked(all), '');
  assert.is(all.nextMs, 100 + ANSWER_MS);
  assert.equal(all.takeUnanswered(100 + ANSWER_MS), [message]);
});

withdrawals('ask again on a new connection', () => {
  const all = new Withdrawals();
  const message = written(5);
  all.ask(message, 0);
  asked(all);
  all.askAgain([message]);
  assert.is(asked(all), '026805');
  all.clear();
  assert.is(all.nextMs, Infinity);
});
withdrawals.run();
