/** In which order things leave at the end of a turn. What each of them says is in the tests of those who say it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FrameType } from '../../../../packages/core/src/wire/frame-type.ts';
import { OutgoingMessage } from '../../../../packages/core/src/session/outgoing-message.ts';
import { ScriptedPeer } from '../../../support/scripted-peer.ts';
import { HANDLED, refusedWith } from '../../../support/session-pair.ts';

function typesOf(peer: ScriptedPeer): unknown[] {
  return peer.frames.map(({ type }) => type);
}

const EMPTY = new Uint8Array(0);
const slice = { bytes: new Uint8Array([1]), start: 0, end: 1 };

const turn = suite('a turn');

turn('begins with what the connection owes and what the peer has to know, and ends with the goodbye', () => {
  const peer = new ScriptedPeer();
  peer.say((writer) => writer.message(FrameType.MESSAGE, 1, 'say', slice, false, null));
  peer.forget();
  const { session } = peer;
  session.settle(peer.ready[0]!, refusedWith('no'));
  session.send(new OutgoingMessage('message', 'say', EMPTY));
  session.sendVolatile({ name: 'at', key: '', payload: EMPTY });
  session.sayGoodbye({ code: 0, reason: '', timeoutMs: 1000, sendWaiting: true }, 0);
  peer.say((writer) => writer.ping(1, null));
  assert.equal(typesOf(peer), [
    FrameType.PONG,
    FrameType.ACK,
    FrameType.VOLATILE,
    FrameType.MESSAGE,
    FrameType.GOODBYE,
  ]);
});

turn('tells of a departure before anything that follows from it', () => {
  const peer = new ScriptedPeer();
  peer.forget();
  const comeAgain = { minMs: 1, maxMs: 2 };
  peer.session.sayGoodbye({ code: 0, reason: '', timeoutMs: 1000, sendWaiting: true, comeAgain }, 0);
  peer.pump();
  assert.equal(typesOf(peer), [FrameType.GOAWAY, FrameType.GOODBYE]);
});

turn('lets the acknowledgement ride on a message', () => {
  const peer = new ScriptedPeer();
  peer.say((writer) => writer.message(FrameType.MESSAGE, 1, 'say', slice, false, null));
  peer.forget();
  peer.session.settle(peer.ready[0]!, HANDLED);
  peer.session.send(new OutgoingMessage('message', 'say', EMPTY));
  peer.pump();
  const [only, ...others] = peer.frames;
  assert.equal([only!.type, others.length], [FrameType.MESSAGE, 0]);
  assert.equal('ack' in only! && only.ack !== null && only.ack.received, 1);
});

turn('says once how many refusals were read, also of those that came apart', () => {
  const peer = new ScriptedPeer();
  for (let count = 0; count < 2; count += 1) peer.session.send(new OutgoingMessage('message', 'say', EMPTY));
  peer.pump();
  peer.forget();
  const refusals = (id: number): { id: number; code: string; data: Uint8Array }[] => [{ id, code: 'no', data: EMPTY }];
  const ack = { received: 2, unsettled: 0, delayTicks: 0 };
  peer.say((writer) => {
    writer.ack({ ...ack, unsettled: 1 }, { ranges: [], refusals: refusals(1) });
    writer.ack(ack, { ranges: [], refusals: refusals(2) });
  });
  assert.equal(
    peer.frames.filter(({ type }) => type === FrameType.REFUSAL_ACK),
    [{ type: FrameType.REFUSAL_ACK, count: 2 }],
  );
  peer.forget();
  peer.pump();
  assert.equal(typesOf(peer), []);
});

turn('does not let a flood of volatile values stop the messages', () => {
  const peer = new ScriptedPeer();
  peer.forget();
  for (let key = 0; key < 100; key += 1) {
    peer.session.sendVolatile({ name: 'at', key: String(key), payload: new Uint8Array(10_000) });
  }
  peer.session.send(new OutgoingMessage('message', 'say', EMPTY));
  const first = peer.session.takeOutgoing(0)!;
  assert.ok(first.length < 65_536, `${first.length} bytes`);
  assert.ok(Buffer.from(first).includes('say'), 'the message is among them');
  let writes = 1;
  for (; peer.session.hasMore; writes += 1) peer.session.takeOutgoing(0);
  assert.ok(writes > 10, `${writes} writes`);
});

turn.run();
