import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { IncomingMessage } from '../../../../packages/core/src/session/incoming-message.ts';

const incoming = suite('a message of the peer');

incoming('is a view of what the transport read, until it has to wait', () => {
  const read = new Uint8Array([9, 1, 2, 3, 9]);
  const message = new IncomingMessage('session', 7, true, 'say', read.subarray(1, 4));
  assert.is(message.payload.buffer, read.buffer);
  message.keep();
  assert.equal([...message.payload], [1, 2, 3]);
  assert.is(message.payload.buffer.byteLength, 3, 'it holds its own bytes and no more');
  read.fill(0);
  assert.equal([...message.payload], [1, 2, 3]);
});

incoming('is not copied when its bytes are its own', () => {
  const payload = new Uint8Array([1, 2, 3]);
  const message = new IncomingMessage('session', 7, true, 'say', payload);
  message.keep();
  assert.is(message.payload, payload);
});

incoming('is not settled at first', () => {
  const message = new IncomingMessage('session', 7, true, 'say', new Uint8Array(0));
  assert.equal([message.id, message.isRequest, message.name, message.isSettled], [7, true, 'say', false]);
});
incoming('tells whoever handles it once that it is not wanted any more', () => {
  const message = new IncomingMessage('session', 7, true, 'say', new Uint8Array(0));
  const told: string[] = [];
  message.onWithdrawn = (code) => told.push(code);
  message.withdraw('ERR_HW_EXPIRED');
  message.withdraw('ERR_HW_CANCELLED');
  assert.equal([told, message.withdrawnBy], [['ERR_HW_EXPIRED'], 'ERR_HW_EXPIRED']);
});
incoming.run();
