import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HandshakeFields } from '../../../../packages/core/src/connection/handshake-fields.ts';
import { HandshakeKey } from '../../../../packages/core/src/connection/handshake-key.ts';
import { encodeIntegerMap } from '../../../../packages/core/src/wire/msgpack-codec.ts';
import { isError } from '../../../support/is-error.ts';

function fieldsOf(...entries: [HandshakeKey, unknown][]): HandshakeFields {
  const map = new Map(entries.map(([name, value]) => [HandshakeKey[name], value]));
  return new HandshakeFields(encodeIntegerMap(map), 'HELLO');
}

const fields = suite('the fields of a handshake');

fields('have their default where they are missing or nil, and an error where there is none', () => {
  for (const given of [fieldsOf(), fieldsOf(['attempt', null], ['name', null], ['auth', null])]) {
    assert.is(given.integer('attempt', 7, 1, 9), 7);
    assert.is(given.text('name', 'x', 0, 9), 'x');
    assert.is(given.binary('auth'), null);
  }
  assert.throws(
    () => fieldsOf().integer('attempt', undefined, 1, 9),
    isError('ERR_HW_MALFORMED_FRAME', /HELLO: attempt/),
  );
  assert.throws(() => fieldsOf().text('name', undefined, 0, 9), isError('ERR_HW_MALFORMED_FRAME', /HELLO: name/));
});

fields('are refused one beyond what they may be', () => {
  const at = (value: unknown): number => fieldsOf(['attempt', value]).integer('attempt', 1, 2, 9);
  assert.equal([at(2), at(9)], [2, 9]);
  for (const wrong of [1, 10, 2.5, '2', true])
    assert.throws(() => at(wrong), isError('ERR_HW_MALFORMED_FRAME', /2 to 9/));
  const text = (value: unknown): string => fieldsOf(['name', value]).text('name', '', 2, 4);
  assert.equal([text('ab'), text('éé')], ['ab', 'éé']);
  for (const wrong of ['a', 'ééé', 7])
    assert.throws(() => text(wrong), isError('ERR_HW_MALFORMED_FRAME', /2 to 4 bytes/));
  const token = (size: number): Uint8Array => fieldsOf(['token', new Uint8Array(size)]).token();
  assert.is(token(32).length, 32);
  for (const wrong of [0, 31, 33]) assert.throws(() => token(wrong), isError('ERR_HW_MALFORMED_FRAME', /32 bytes/));
});

fields('that nobody took are unknown: critical below 64', () => {
  const some = fieldsOf(['attempt', 1], ['name', 'x']);
  some.integer('attempt', 1, 1, 9);
  assert.throws(() => some.expectNoCriticalLeft(), isError('ERR_HW_VERSION', /critical key 33/));
  some.text('name', '', 0, 9);
  some.expectNoCriticalLeft();
});

fields.run();
