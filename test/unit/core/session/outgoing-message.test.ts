import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { OutgoingMessage } from '../../../../packages/core/src/session/outgoing-message.ts';

const outgoing = suite('a message of ours');

outgoing('has no id and no fate at first', () => {
  const message = new OutgoingMessage('message', 'say', new Uint8Array(3));
  assert.equal([message.id, message.stage, message.isDecided, message.isWhollyWritten], [0, 'queued', false, false]);
});

for (const [kind, isWindowed] of [
  ['message', true],
  ['request', true],
  ['reply', false],
  ['refusal', false],
] as const) {
  outgoing(`of the kind ${kind} ${isWindowed ? 'is' : 'is not'} counted by the window`, () => {
    assert.is(new OutgoingMessage(kind, '', new Uint8Array(0)).isWindowed, isWindowed);
  });
}

for (const [stage, isDecided] of [
  ['queued', false],
  ['sent', false],
  ['delivered', false],
  ['handled', true],
  ['failed', true],
] as const) {
  outgoing(`${isDecided ? 'is' : 'is not'} decided when it is ${stage}`, () => {
    const message = new OutgoingMessage('message', 'say', new Uint8Array(0));
    message.stage = stage;
    assert.is(message.isDecided, isDecided);
  });
}
outgoing.run();
