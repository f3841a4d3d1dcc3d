/** A peer that breaks the rules is told so by name, and the session ends; nothing that it says afterwards counts. PROTOCOL.md §13. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ErrorCode } from '../../../../packages/core/src/errors/error-code.ts';
import { OutgoingMessage } from '../../../../packages/core/src/session/outgoing-message.ts';
import { errorNumber } from '../../../../packages/core/src/wire/error-number.ts';
import { FrameType } from '../../../../packages/core/src/wire/frame-type.ts';
import type { FrameWriter } from '../../../../packages/core/src/wire/frame-writer.ts';
import { ScriptedPeer, message, request, type ScriptedPeerOptions } from '../../../support/scripted-peer.ts';
import { HANDLED } from '../../../support/session-pair.ts';

const BYTE = { bytes: new Uint8Array(1), start: 0, end: 1 };
const GOODBYE = { code: 0, reason: '', timeoutMs: 5000, sendWaiting: true };

interface Violation {
  readonly title: string;
  readonly code: ErrorCode;
  readonly announcement?: ScriptedPeerOptions['announcement'];
  /** Leads to the state in which the rule is broken. */
  readonly before?: (peer: ScriptedPeer) => void;
  readonly say: (writer: FrameWriter) => void;
}

function sendOne(kind: 'message' | 'request' = 'message'): (peer: ScriptedPeer) => void {
  return (peer) => {
    peer.session.send(new OutgoingMessage(kind, 'say', new Uint8Array(1)));
    peer.pump();
  };
}

const TOO_FAR = { received: 2, unsettled: 0, delayTicks: 0 };

const VIOLATIONS: readonly Violation[] = [
  {
    title: 'a volatile value of 16 KiB and a byte',
    code: 'ERR_HW_FRAME_TOO_LARGE',
    before: (peer) => peer.say((writer) => writer.volatile('', 'at', new Uint8Array(16_384), null)),
    say: (writer) => writer.volatile('', 'at', new Uint8Array(16_385), null),
  },
  {
    title: 'a volatile value that is larger than a message may be',
    code: 'ERR_HW_FRAME_TOO_LARGE',
    announcement: { messageMaxBytes: 10 },
    before: (peer) => peer.say((writer) => writer.volatile('', 'at', new Uint8Array(10), null)),
    say: (writer) => writer.volatile('', 'at', new Uint8Array(11), null),
  },
  {
    title: 'a volatile value after the goodbye',
    code: 'ERR_HW_UNEXPECTED_FRAME',
    before: (peer) => peer.say((writer) => writer.goodbye(0, false, 0, '')),
    say: (writer) => writer.volatile('', 'at', new Uint8Array(1), null),
  },
  {
    title: 'an acknowledgement beyond what was sent, in VOLATILE',
    code: 'ERR_HW_ACK_RANGE',
    before: sendOne(),
    say: (writer) => writer.volatile('', 'at', new Uint8Array(1), TOO_FAR),
  },
  { title: 'a first id that is not 1', code: 'ERR_HW_SEQUENCE', say: message(2) },
  { title: 'an id twice', code: 'ERR_HW_SEQUENCE', before: (peer) => peer.say(message(1)), say: message(1) },
  {
    title: 'a chunk with the next id',
    code: 'ERR_HW_SEQUENCE',
    say: (writer) => {
      writer.message(FrameType.MESSAGE, 1, 'say', BYTE, true, null);
      writer.message(FrameType.MESSAGE, 2, null, BYTE, false, null);
    },
  },
  {
    title: 'a reply out of sequence',
    code: 'ERR_HW_SEQUENCE',
    before: sendOne('request'),
    say: (writer) => writer.reply(2, 1, BYTE, false, null),
  },
  {
    title: 'a refusal out of sequence',
    code: 'ERR_HW_SEQUENCE',
    before: sendOne('request'),
    say: (writer) => writer.refusal(9, 1, 'no', new Uint8Array(0), null),
  },
  {
    title: 'an acknowledgement of nothing',
    code: 'ERR_HW_ACK_RANGE',
    say: (writer) => writer.ack({ ...TOO_FAR, received: 1 }, null),
  },
  {
    title: 'an acknowledgement beyond what was sent, in ACK',
    code: 'ERR_HW_ACK_RANGE',
    before: sendOne(),
    say: (writer) => writer.ack(TOO_FAR, null),
  },
  {
    title: 'the same in MESSAGE',
    code: 'ERR_HW_ACK_RANGE',
    before: sendOne(),
    say: message(1, 'say', TOO_FAR),
  },
  {
    title: 'the same in PING',
    code: 'ERR_HW_ACK_RANGE',
    before: sendOne(),
    say: (writer) => writer.ping(1, TOO_FAR),
  },
  {
    title: 'the same in PONG',
    code: 'ERR_HW_ACK_RANGE',
    before: sendOne(),
    say: (writer) => writer.pong(1, 0, TOO_FAR),
  },
  {
    title: 'a settled position that goes back',
    code: 'ERR_HW_ACK_RANGE',
    before: (peer) => {
      sendOne()(peer);
      peer.say((writer) => writer.ack({ received: 1, unsettled: 0, delayTicks: 0 }, null));
    },
    say: (writer) => writer.ack({ received: 1, unsettled: 1, delayTicks: 0 }, null),
  },
  {
    title: 'a part of a message that was not sent',
    code: 'ERR_HW_ACK_RANGE',
    before: sendOne(),
    say: (writer) => writer.ack({ received: 1, unsettled: 1, delayTicks: 0 }, null, 1),
  },
  {
    title: 'more of a message than was sent',
    code: 'ERR_HW_ACK_RANGE',
    before: sendOne(),
    say: (writer) => writer.ack({ received: 0, unsettled: 0, delayTicks: 0 }, null, 1000),
  },
  {
    title: 'more refusals acknowledged than were told',
    code: 'ERR_HW_ACK_RANGE',
    say: (writer) => writer.refusalAck(1),
  },
  {
    title: 'a reply to what is no request',
    code: 'ERR_HW_UNEXPECTED_FRAME',
    before: sendOne(),
    say: (writer) => writer.reply(1, 1, BYTE, false, null),
  },
  {
    title: 'a second answer',
    code: 'ERR_HW_UNEXPECTED_FRAME',
    before: (peer) => {
      sendOne('request')(peer);
      peer.say((writer) => writer.reply(1, 1, BYTE, false, null));
    },
    say: (writer) => writer.refusal(2, 1, 'no', new Uint8Array(0), null),
  },
  {
    title: 'one message more than the window takes',
    code: 'ERR_HW_WINDOW',
    announcement: { windowMessages: 2 },
    before: (peer) => peer.say(message(1)).say(message(2)),
    say: message(3),
  },
  {
    title: 'one byte more than the window takes',
    code: 'ERR_HW_WINDOW',
    announcement: { windowBytes: 2, messageMaxBytes: 2 },
    before: (peer) => peer.say(message(1)).say(message(2)),
    say: message(3),
  },
  {
    title: 'one request more than may await their answer',
    code: 'ERR_HW_WINDOW',
    announcement: { maxRequests: 1 },
    before: (peer) => peer.say(request(1)),
    say: request(2),
  },
  {
    title: 'a message that is larger than the limit',
    code: 'ERR_HW_FRAME_TOO_LARGE',
    announcement: { messageMaxBytes: 1 },
    say: (writer) => {
      writer.message(FrameType.MESSAGE, 1, 'say', BYTE, true, null);
      writer.message(FrameType.MESSAGE, 1, null, BYTE, false, null);
    },
  },
  {
    title: 'a GOODBYE that ends before what was sent',
    code: 'ERR_HW_SEQUENCE',
    before: (peer) => peer.say(message(1)),
    say: (writer) => writer.goodbye(0, true, 0, ''),
  },
  { title: 'a GOODBYE that ends beyond it', code: 'ERR_HW_SEQUENCE', say: (writer) => writer.goodbye(1, true, 0, '') },
  {
    title: 'a second GOODBYE',
    code: 'ERR_HW_UNEXPECTED_FRAME',
    before: (peer) => peer.say(message(1)).say((writer) => writer.goodbye(1, true, 0, '')),
    say: (writer) => writer.goodbye(1, true, 0, ''),
  },
  {
    title: 'a message after GOODBYE',
    code: 'ERR_HW_UNEXPECTED_FRAME',
    before: (peer) => peer.say((writer) => writer.goodbye(0, false, 0, '')),
    say: message(1),
  },
  {
    title: 'a reply after GOODBYE',
    code: 'ERR_HW_UNEXPECTED_FRAME',
    before: (peer) => {
      sendOne('request')(peer);
      peer.say((writer) => writer.goodbye(0, false, 0, ''));
    },
    say: (writer) => writer.reply(1, 1, BYTE, false, null),
  },
  { title: 'a GOODBYE_ACK before our GOODBYE', code: 'ERR_HW_UNEXPECTED_FRAME', say: (writer) => writer.goodbyeAck(0) },
  {
    title: 'a GOODBYE_ACK for another id',
    code: 'ERR_HW_UNEXPECTED_FRAME',
    before: (peer) => {
      peer.session.sayGoodbye(GOODBYE, 0);
      peer.pump();
    },
    say: (writer) => writer.goodbyeAck(1),
  },
];

for (const pieceBytes of [Infinity, 1]) {
  const violations = suite(`a peer that breaks a rule, ${pieceBytes === 1 ? 'byte by byte' : 'all at once'}`);

  for (const { title, code, announcement, before, say } of VIOLATIONS) {
    violations(`is told ${code}: ${title}`, () => {
      const peer = new ScriptedPeer({ pieceBytes, ...(announcement === undefined ? {} : { announcement }) });
      before?.(peer);
      assert.not.equal(peer.session.status, 'closed', 'the rule is not broken yet');
      const readyBefore = peer.ready.length;
      peer.forget();
      peer.say(say);
      assert.is(peer.session.status, 'closed');
      assert.equal(
        peer.framesOf(FrameType.ERROR).map((frame) => frame.code),
        [errorNumber(code)],
      );
      assert.is(peer.frames.at(-1)?.type, FrameType.ERROR, 'ERROR is the last frame');
      const closed = peer.events.find((event) => event.type === 'closed');
      assert.is(closed?.link, 'end');
      const cause = closed?.cause.kind === 'protocol' ? closed.cause.error : undefined;
      assert.equal([cause?.code, cause?.by], [code, 'remote']);

      peer.forget();
      peer
        .say(message(1))
        .say(message(2))
        .say((writer) => writer.ping(1, null));
      assert.equal(peer.frames, []);
      assert.is(peer.ready.length, readyBefore);
      assert.is(peer.events.filter(({ type }) => type === 'closed').length, 1);
    });
  }
  violations.run();
}

const together = suite('in one piece');

together('what came before the violation still counts', () => {
  const peer = new ScriptedPeer();
  peer.say((writer) => {
    message(1)(writer);
    message(3)(writer);
    message(2)(writer);
  });
  assert.equal(
    peer.ready.map(({ id }) => id),
    [1],
  );
  assert.is(peer.session.status, 'closed');
});

// The connection had found the second fault and ended; the session stumbled over the first, and nobody closed it.
together('two violations end the session with the first, and only once', () => {
  const peer = new ScriptedPeer();
  peer.say((writer) => {
    message(5)(writer);
    writer.handshake(FrameType.HELLO, new Uint8Array(1));
  });
  assert.is(peer.session.status, 'closed');
  assert.is(peer.session.nextDeadlineMs, Infinity);
  const closed = peer.events.filter((event) => event.type === 'closed');
  assert.is(closed.length, 1);
  assert.is(closed[0]?.cause.kind === 'protocol' ? closed[0].cause.error.code : '', 'ERR_HW_SEQUENCE');
  assert.is(peer.framesOf(FrameType.ERROR).length, 1);
});

together('an ERROR of the peer ends the session with its name, by us, and is not answered', () => {
  const peer = new ScriptedPeer();
  const ours = new OutgoingMessage('message', 'say', new Uint8Array(1));
  peer.session.send(ours);
  peer.pump();
  peer.forget();
  peer.say((writer) => {
    message(1)(writer);
    writer.error(errorNumber('ERR_HW_SEQUENCE'), 'you');
    message(2)(writer);
  });
  const closed = peer.events.find((event) => event.type === 'closed');
  const error = closed?.cause.kind === 'protocol' ? closed.cause.error : undefined;
  assert.equal([error?.code, error?.by], ['ERR_HW_SEQUENCE', 'local']);
  assert.match(error!.message, 'you');
  assert.equal(peer.framesOf(FrameType.ERROR), []);
  assert.is(ours.error?.outcome, 'unknown');
  assert.equal(
    peer.ready.map(({ id }) => id),
    [1],
  );
});

together('a frame that is cut off by the end of the peer’s direction is reported', () => {
  const peer = new ScriptedPeer();
  peer.bytes(new Uint8Array([0x20, FrameType.MESSAGE << 3, 0]));
  peer.session.receiveEnd(0);
  peer.pump();
  const closed = peer.events.find((event) => event.type === 'closed');
  assert.is(closed?.cause.kind === 'protocol' ? closed.cause.error.code : '', 'ERR_HW_TRUNCATED');
});

together('verdicts that come after the end are nobody’s business', () => {
  const peer = new ScriptedPeer();
  peer.say(message(1)).say(request(2)).say(message(9));
  peer.forget();
  for (const incoming of peer.ready) peer.session.settle(incoming, HANDLED);
  peer.pump();
  assert.equal(peer.frames, []);
});
together.run();
