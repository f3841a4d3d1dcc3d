import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { IncomingTypeNames, OutgoingTypeNames } from '../../../../packages/core/src/wire/type-names.ts';
import { isError } from '../../../support/is-error.ts';

const outgoing = suite('outgoing type names');

outgoing('a name is spelled out once and has a number from then on', () => {
  const names = new OutgoingTypeNames();
  assert.equal([names.numberOf('a'), names.numberOf('b'), names.numberOf('a'), names.numberOf('b')], [0, 0, 1, 2]);
});

outgoing('63 names get a number, the 64th is spelled out each time', () => {
  const names = new OutgoingTypeNames();
  for (let index = 1; index <= 64; index += 1) assert.is(names.numberOf(`n${index}`), 0);
  assert.is(names.numberOf('n63'), 63);
  assert.is(names.numberOf('n64'), 0);
  assert.is(names.numberOf('n64'), 0);
});

// Two names with half a surrogate pair were spelled out both, with the same bytes, and the peer ended the connection.
outgoing('names that are the same on the wire have the same number', () => {
  const names = new OutgoingTypeNames();
  assert.equal([names.numberOf('\ud800'), names.numberOf('\ud801'), names.numberOf('\ufffd')], [0, 1, 1]);
});

outgoing.run();

const incoming = suite('incoming type names');

incoming('a number stands for the name that was spelled out so many names ago', () => {
  const names = new IncomingTypeNames();
  names.add('a');
  names.add('b');
  assert.equal([names.nameOf(1), names.nameOf(2), names.nameOf(1)], ['a', 'b', 'a']);
});

incoming('a number that nobody has is refused', () => {
  const names = new IncomingTypeNames();
  assert.throws(() => names.nameOf(1), isError('ERR_HW_MALFORMED_FRAME', /number 1 was never spelled out/));
  names.add('a');
  assert.throws(() => names.nameOf(2), isError('ERR_HW_MALFORMED_FRAME', /number 2/));
  assert.throws(() => names.nameOf(2 ** 53 - 1), isError('ERR_HW_MALFORMED_FRAME', /never spelled out/));
});

incoming('a name that has a number may not be spelled out again', () => {
  const names = new IncomingTypeNames();
  names.add('a');
  assert.throws(() => names.add('a'), isError('ERR_HW_MALFORMED_FRAME', /although it has a number/));
});

incoming('the 64th name may be spelled out again, and never gets a number', () => {
  const names = new IncomingTypeNames();
  for (let index = 1; index <= 64; index += 1) names.add(`n${index}`);
  names.add('n64');
  assert.is(names.nameOf(63), 'n63');
  assert.throws(() => names.nameOf(64), isError('ERR_HW_MALFORMED_FRAME', /number 64/));
});

incoming('both sides count alike', () => {
  const [ours, theirs] = [new OutgoingTypeNames(), new IncomingTypeNames()];
  for (let turn = 0; turn < 500; turn += 1) {
    const name = `n${(turn * 7) % 80}`;
    const number = ours.numberOf(name);
    if (number === 0) theirs.add(name);
    else assert.is(theirs.nameOf(number), name);
  }
});

incoming.run();
