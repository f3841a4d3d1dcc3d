import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Departure, GOAWAY_LEAVING } from '../../../../packages/core/src/session/departure.ts';
import { FrameType } from '../../../../packages/core/src/wire/frame-type.ts';
import { FrameWriter } from '../../../../packages/core/src/wire/frame-writer.ts';
import type { GoawayFrame } from '../../../../packages/core/src/wire/frame.ts';
import { sentFrames } from '../../../support/sent-frames.ts';

function invitation(changes: Partial<GoawayFrame> = {}): GoawayFrame {
  const window = { reconnectMinMs: 100, reconnectMaxMs: 250 };
  return { type: FrameType.GOAWAY, code: GOAWAY_LEAVING, deadlineMs: 5000, ...window, reason: '', ...changes };
}

function told(departure: Departure): unknown {
  const writer = new FrameWriter();
  departure.write(writer);
  return sentFrames([writer.take() ?? new Uint8Array(0)]);
}

const departure = suite('a departure');

departure('is told once on each connection, and as it was announced first', () => {
  const ours = new Departure();
  assert.equal(told(ours), []);
  ours.announce({ minMs: 100, maxMs: 250 }, 5000, 'new version');
  ours.announce({ minMs: 1, maxMs: 2 }, 3, 'changed my mind');
  assert.equal(told(ours), [invitation({ reason: 'new version' })]);
  assert.equal(told(ours), []);
  ours.restart();
  assert.equal(told(ours), [invitation({ reason: 'new version' })]);
});

departure('of the peer says when to come again, until there is a new session', () => {
  const theirs = new Departure();
  assert.not.ok(theirs.isInvited);
  theirs.receive(invitation({ reason: 'new version' }));
  assert.ok(theirs.isInvited);
  const shuttingDown = { kind: 'refused', by: 'application', code: 'ERR_HW_SHUTTING_DOWN' };
  assert.equal(theirs.cause, { ...shuttingDown, message: 'new version', retryAfter: 100, retryWithin: 150 });
  theirs.renew();
  assert.not.ok(theirs.isInvited);
});

departure('may have a window that makes no sense, and no reason', () => {
  const theirs = new Departure();
  theirs.receive(invitation({ reconnectMinMs: 9, reconnectMaxMs: 3 }));
  const shuttingDown = { kind: 'refused', by: 'application', code: 'ERR_HW_SHUTTING_DOWN' };
  assert.equal(theirs.cause, { ...shuttingDown, message: 'the server is going away', retryAfter: 9, retryWithin: 0 });
});

departure.run();
