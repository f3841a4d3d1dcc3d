import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { IncomingMessage } from '../../../../packages/core/src/session/incoming-message.ts';
import { answerTo, EXPIRED, isUnseen } from '../../../../packages/core/src/session/verdict.ts';

const request = new IncomingMessage('session', 70_000, true, 'ask', new Uint8Array(0));
const data = new Uint8Array([1]);

const verdict = suite('a verdict');

verdict('that a request was handled is answered by a reply to its full id', () => {
  const { kind, request: id, payload } = answerTo(request, { kind: 'handled', payload: data });
  assert.equal([kind, id, payload], ['reply', 70_000, data]);
});

verdict('without an answer is a reply with an empty payload', () => {
  assert.is(answerTo(request, { kind: 'handled', payload: null }).payload.length, 0);
});

verdict('that a request is refused is answered by a refusal with code and data', () => {
  const { kind, request: id, name, payload } = answerTo(request, { kind: 'refused', code: 'no', data });
  assert.equal([kind, id, name, payload], ['refusal', 70_000, 'no', data]);
});

verdict('is unseen only when nobody handles the type, or when its time was up', () => {
  assert.ok(isUnseen(EXPIRED));
  assert.ok(isUnseen({ kind: 'refused', code: 'ERR_HW_NO_HANDLER', data }));
  assert.not.ok(isUnseen({ kind: 'refused', code: 'ERR_HW_HANDLER', data }));
  assert.not.ok(isUnseen({ kind: 'handled', payload: null }));
});
verdict.run();
