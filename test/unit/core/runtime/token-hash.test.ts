import { createHash } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hashToken, isSameHash } from '../../../../packages/core/src/runtime/token-hash.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';

const hashing = suite('the hash of a token');

hashing('is SHA-256', () => {
  const random = new SeededRandom(1);
  for (const size of [0, 1, 31, 32, 33, 63, 64, 65, 1000]) {
    const bytes = random.bytes(size);
    assert.equal([...hashToken(bytes)], [...createHash('sha256').update(bytes).digest()]);
  }
});

hashing('is the same as itself, and differs wherever one bit does', () => {
  const hash = hashToken(new Uint8Array(32));
  assert.ok(isSameHash(hash, hash.slice()));
  for (let bit = 0; bit < 256; bit += 1) {
    const other = hash.slice();
    other[bit >> 3]! ^= 1 << (bit & 7);
    assert.not.ok(isSameHash(hash, other), `bit ${bit}`);
  }
});

hashing('differs from whatever is shorter or longer', () => {
  const hash = hashToken(new Uint8Array(32));
  for (const other of [hash.slice(1), hash.slice(0, 31), new Uint8Array([...hash, 0]), new Uint8Array(0)]) {
    assert.equal([isSameHash(hash, other), isSameHash(other, hash)], [false, false]);
  }
});
hashing.run();
