import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Grave, resolveTombstones, Tombstones } from '../../../../packages/core/src/runtime/tombstones.ts';
import { isError } from '../../../support/is-error.ts';

function grave(principal = '', words = 0): Grave {
  const tombstone = { received: 0, digest: 0, isGoodbyeDone: false, lastWords: new Uint8Array(words) };
  return { tokenHash: new Uint8Array(32), principal, epoch: 1, tombstone };
}

const tombstones = suite('tombstones');

tombstones('keeps each for its time, and not a millisecond longer', () => {
  const kept = new Tombstones({ keepMs: 100, maxBytes: 10_000, maxPerPrincipal: 9 });
  const [early, late] = [grave(), grave()];
  kept.add('early', early, 0);
  kept.add('late', late, 50);
  assert.is(kept.find('early', 99), early);
  assert.is(kept.find('early', 100), null);
  assert.is(kept.find('late', 149), late);
  assert.is(kept.find('late', 150), null);
  assert.is(kept.size, 0);
});

tombstones('never takes more bytes than it may: the oldest give way', () => {
  const kept = new Tombstones({ keepMs: 100, maxBytes: 3 * 612, maxPerPrincipal: 9 });
  for (const id of ['a', 'b', 'c']) kept.add(id, grave('', 100), 0);
  assert.is(kept.size, 3);
  kept.add('d', grave('', 101), 0);
  assert.is(kept.size, 2, 'one byte too many costs two of them');
  assert.equal(
    ['a', 'b', 'c', 'd'].map((id) => kept.find(id, 0) !== null),
    [false, false, true, true],
  );
});

tombstones('keeps so many of one principal, and the others are untouched', () => {
  const kept = new Tombstones({ keepMs: 100, maxBytes: 100_000, maxPerPrincipal: 2 });
  kept.add('b1', grave('bert'), 0);
  for (const id of ['a1', 'a2', 'a3']) kept.add(id, grave('anna'), 0);
  assert.equal(
    ['a1', 'a2', 'a3', 'b1'].map((id) => kept.find(id, 0) !== null),
    [false, true, true, true],
  );
});

tombstones('counts no principals where all clients are the same one', () => {
  const kept = new Tombstones({ keepMs: 100, maxBytes: 100_000, maxPerPrincipal: 1 });
  for (const id of ['a', 'b', 'c']) kept.add(id, grave(), 0);
  assert.is(kept.size, 3);
});

tombstones('keeps none without time or room', () => {
  for (const limits of [{ keepMs: 0 }, { maxBytes: 0 }]) {
    const kept = new Tombstones({ keepMs: 100, maxBytes: 10_000, maxPerPrincipal: 9, ...limits });
    kept.add('a', grave(), 0);
    assert.is(kept.size, 0);
  }
});

tombstones('the options have their defaults, and say what is wrong', () => {
  const defaults = { keepMs: 3_600_000, maxBytes: 16_777_216, maxPerPrincipal: 64 };
  assert.equal(resolveTombstones(undefined), defaults);
  assert.equal(resolveTombstones({ keep: 5 }), { ...defaults, keepMs: 5 });
  assert.is(resolveTombstones(false).keepMs, 0);
  for (const wrong of [-1, 1.5, NaN, '1' as never]) {
    for (const name of ['keep', 'maxBytes', 'maxPerPrincipal']) {
      assert.throws(
        () => resolveTombstones({ [name]: wrong }),
        isError('ERR_HW_OPTION', new RegExp(`tombstones.${name}`), 'local'),
      );
    }
  }
});

tombstones.run();
