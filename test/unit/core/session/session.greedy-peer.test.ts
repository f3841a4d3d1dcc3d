/** A peer that asks on and on, and never says that it was answered, costs bounded memory and time. Promise P17; PROTOCOL.md §9. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FrameType } from '../../../../packages/core/src/wire/frame-type.ts';
import { ScriptedPeer, request } from '../../../support/scripted-peer.ts';
import { HANDLED } from '../../../support/session-pair.ts';

const MAX_REQUESTS = 4;

/** The peer asks until it is told to stop, and is answered at once; returns how often. */
function askOn(peer: ScriptedPeer, acknowledge: (peer: ScriptedPeer, received: number) => void): number {
  for (let asked = 1; asked <= 1000; asked += 1) {
    peer.say(request(asked));
    if (peer.session.status === 'closed') return asked - 1;
    for (const message of peer.ready.splice(0)) peer.session.settle(message, HANDLED);
    peer.pump();
    acknowledge(peer, asked);
  }
  return 1000;
}

const greedy = suite('a peer that never acknowledges answers');

// Answers are settled with the request, count in no window, and an empty one holds no byte: nothing bounded how many were kept, half a kilobyte each.
for (const [title, unsettled] of [
  ['says nothing of them', null],
  ['says that they arrived, and not that they are settled', (received: number) => received],
] as const) {
  greedy(`is stopped when it ${title}`, () => {
    const peer = new ScriptedPeer({ announcement: { maxRequests: MAX_REQUESTS } });
    const asked = askOn(peer, (_, received) => {
      if (unsettled === null) return;
      peer.say((writer) => writer.ack({ received, unsettled: unsettled(received), delayTicks: 0 }, null));
    });
    assert.is(asked, 8 * MAX_REQUESTS);
    const [error] = peer.framesOf(FrameType.ERROR);
    assert.is(error!.code, 10);
    assert.match(error!.reason, 'answers that are never acknowledged');
  });
}

greedy('goes on for ever when it acknowledges', () => {
  const peer = new ScriptedPeer({ announcement: { maxRequests: MAX_REQUESTS } });
  const asked = askOn(peer, (_, received) => {
    peer.say((writer) => writer.ack({ received, unsettled: 0, delayTicks: 0 }, null));
  });
  assert.is(asked, 1000);
});

greedy('may ask again as soon as it has acknowledged', () => {
  const peer = new ScriptedPeer({ announcement: { maxRequests: 1 } });
  for (let id = 1; id <= 8; id += 1) {
    peer.say(request(id));
    for (const message of peer.ready.splice(0)) peer.session.settle(message, HANDLED);
    peer.pump();
  }
  peer.say((writer) => writer.ack({ received: 8, unsettled: 0, delayTicks: 0 }, null)).say(request(9));
  assert.is(peer.session.status, 'open');
});

greedy.run();
