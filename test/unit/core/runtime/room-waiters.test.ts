import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { RoomWaiters } from '../../../../packages/core/src/runtime/room-waiters.ts';

const waiters = suite('those who wait for room');

waiters('are all woken, once, and who comes later waits anew', async () => {
  const room = new RoomWaiters();
  room.wakeAll();
  const woken: string[] = [];
  const both = [room.wait().then(() => woken.push('a')), room.wait().then(() => woken.push('b'))];
  await Promise.resolve();
  assert.equal(woken, []);
  room.wakeAll();
  await Promise.all(both);
  assert.equal(woken, ['a', 'b']);
  const later = room.wait().then(() => woken.push('c'));
  await Promise.resolve();
  assert.is(woken.length, 2);
  room.wakeAll();
  await later;
});
waiters.run();
