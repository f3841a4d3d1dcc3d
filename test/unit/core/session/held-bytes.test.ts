import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HeldBytes } from '../../../../packages/core/src/session/held-bytes.ts';
import { OutgoingMessage } from '../../../../packages/core/src/session/outgoing-message.ts';

const held = suite('the bytes that a sender keeps');

held('are those of its messages, each counted once, however often it is said', () => {
  const bytes = new HeldBytes();
  const [first, second] = [10, 5].map((size) => new OutgoingMessage('message', 'say', new Uint8Array(size)));
  bytes.release(first!);
  for (const message of [first!, second!, first!]) bytes.hold(message);
  assert.equal([bytes.ownBytes, bytes.sharedBytes], [15, 0]);
  for (const message of [first!, first!]) bytes.release(message);
  assert.equal([bytes.ownBytes, bytes.sharedBytes], [5, 0]);
});

held('stay those of a message that has let go of its payload', () => {
  const bytes = new HeldBytes();
  const message = new OutgoingMessage('message', 'say', new Uint8Array(10));
  bytes.hold(message);
  message.payload = new Uint8Array(0);
  bytes.release(message);
  assert.is(bytes.ownBytes, 0);
});

held('are told apart when others keep them, too', () => {
  const told: string[] = [];
  const shared = { hold: () => void told.push('hold'), release: () => void told.push('release') };
  const bytes = new HeldBytes();
  const message = new OutgoingMessage('message', 'say', new Uint8Array(10));
  message.shared = shared;
  for (let twice = 0; twice < 2; twice += 1) bytes.hold(message);
  assert.equal([bytes.ownBytes, bytes.sharedBytes], [0, 10]);
  for (let twice = 0; twice < 2; twice += 1) bytes.release(message);
  assert.equal([bytes.ownBytes, bytes.sharedBytes, ...told], [0, 0, 'hold', 'release']);
});
held.run();
