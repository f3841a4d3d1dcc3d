import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { evictionOrder } from '../../../../packages/core/src/runtime/eviction-order.ts';

const order = suite('who has to go first');

order(
  'those without a connection before those with one, among equals who keeps most, and nobody who keeps nothing',
  () => {
    const sessions = [
      { name: 'busy', heldBytes: 1000, isSuspended: false },
      { name: 'idle', heldBytes: 0, isSuspended: false },
      { name: 'away', heldBytes: 1, isSuspended: true },
      { name: 'slowest', heldBytes: 2000, isSuspended: false },
      { name: 'away, keeps more', heldBytes: 20, isSuspended: true },
      { name: 'away, keeps nothing', heldBytes: 0, isSuspended: true },
    ];
    assert.equal(
      evictionOrder(new Set(sessions)).map(({ name }) => name),
      ['away, keeps more', 'away', 'slowest', 'busy'],
    );
  },
);
order.run();
