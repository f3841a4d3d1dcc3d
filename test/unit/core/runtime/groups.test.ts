import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { AnyContract } from '../../../../packages/core/src/runtime/contract.ts';
import { Groups } from '../../../../packages/core/src/runtime/groups.ts';
import { resolveOptions } from '../../../../packages/core/src/runtime/options.ts';
import type { ServerSession } from '../../../../packages/core/src/runtime/server-api.ts';
import { SessionHandle, type SessionOwner } from '../../../../packages/core/src/runtime/session-handle.ts';
import { testClock } from '@heartwire/core/testing';

type AnyServerSession = ServerSession<AnyContract>;

const NOBODY: SessionOwner = { opened() {}, waiting() {}, changed() {}, ended() {} };

/** The groups of a server, and its sessions; none of them has a connection. */
class Hall {
  readonly options = resolveOptions({ clock: testClock() });
  readonly groups: Groups<AnyContract> = new Groups(this.options);

  /** A session of the server. */
  enter(): AnyServerSession {
    const handle = new SessionHandle(this.options, { transport: 'none' }, false, {
      ...NOBODY,
      ended: (ended) => this.groups.leave(ended),
    });
    this.groups.enter(handle);
    return handle;
  }

  /** A session of somebody else. */
  stranger(): AnyServerSession {
    return new SessionHandle(this.options, { transport: 'none' }, false, NOBODY);
  }
}

function recipients(audience: { send(type: 'say'): { progress$: { value: { recipients: number } } } }): number {
  return audience.send('say').progress$.value.recipients;
}

const groups = suite('groups');

groups('are the same object for the same name while they have members', () => {
  const hall = new Hall();
  const lobby = hall.groups.group('lobby');
  lobby.add(hall.enter());
  assert.is(hall.groups.group('lobby'), lobby);
  assert.is.not(hall.groups.group('attic'), lobby);
  assert.is(lobby.name, 'lobby');
});

// Whoever held an empty group spoke to nobody for ever, when somebody else filled the one of the same name.
groups('are one by name, whoever got the object when', () => {
  const hall = new Hall();
  const [ada, grace] = [hall.enter(), hall.enter()];
  const early = hall.groups.group('lobby');
  const late = hall.groups.group('lobby');
  late.add(ada);
  early.add(grace);
  assert.is(early.size, 2);
  assert.is(late.size, 2);
  assert.is(recipients(early), 2);
  assert.is(early.delete(ada), true);
  assert.is(early.delete(grace), true);
  assert.is(late.size, 0);
  early.add(ada);
  assert.is(recipients(late), 1);
});

groups('count a member once, and let it out by dispose or delete', () => {
  const hall = new Hall();
  const ada = hall.enter();
  const lobby = hall.groups.group('lobby');
  {
    using membership = lobby.add(ada);
    assert.ok(membership);
    lobby.add(ada);
    assert.is(lobby.size, 1);
  }
  assert.is(lobby.size, 0);
  assert.is(lobby.delete(ada), false);
  lobby.add(ada)[Symbol.dispose]();
  assert.is(recipients(lobby), 0);
});

groups('know nothing of each other', () => {
  const hall = new Hall();
  const [ada, grace] = [hall.enter(), hall.enter()];
  const [lobby, attic] = [hall.groups.group('lobby'), hall.groups.group('attic')];
  lobby.add(ada);
  lobby.add(grace);
  attic.add(ada);
  assert.is(attic.delete(ada), true);
  assert.is(attic.delete(grace), false);
  assert.is(lobby.size, 2);
  assert.is(recipients(lobby.except(ada)), 1);
  assert.is(recipients(hall.groups.everyone), 2);
});

groups('are left by a session that ends, all of them', async () => {
  const hall = new Hall();
  const [ada, grace] = [hall.enter(), hall.enter()];
  const rooms = ['lobby', 'attic', 'cellar'].map((name) => hall.groups.group(name));
  for (const room of rooms) room.add(ada);
  rooms[0]!.add(grace);
  ada.destroy();
  await ada.closed;
  assert.equal(
    rooms.map(({ size }) => size),
    [1, 0, 0],
  );
  assert.is(hall.groups.count, 1);
  assert.is(recipients(hall.groups.everyone), 1);
});

groups('take in no session that has ended, and say nothing of it', async () => {
  const hall = new Hall();
  const ada = hall.enter();
  ada.destroy();
  await ada.closed;
  const lobby = hall.groups.group('lobby');
  using membership = lobby.add(ada);
  assert.ok(membership);
  assert.is(lobby.size, 0);
  assert.is(hall.groups.count, 0);
});

groups('take in no session of anybody else', () => {
  const hall = new Hall();
  const lobby = hall.groups.group('lobby');
  assert.throws(
    () => lobby.add(hall.stranger()),
    (error: { code: string }) => error.code === 'ERR_HW_OPTION',
  );
  assert.is(lobby.size, 0);
  assert.is(hall.groups.count, 0);
});

groups('have a name that is text', () => {
  const hall = new Hall();
  assert.throws(
    () => hall.groups.group(5 as never),
    (error: { code: string }) => error.code === 'ERR_HW_OPTION',
  );
  for (const name of ['', '__proto__', 'constructor']) {
    const group = hall.groups.group(name);
    group.add(hall.enter());
    assert.is(group.size, 1);
  }
});

groups('that are empty are not kept, however many names were used', () => {
  const hall = new Hall();
  const ada = hall.enter();
  for (let room = 0; room < 100_000; room += 1) hall.groups.group(`asked for ${room}`);
  for (let room = 0; room < 100_000; room += 1) {
    const group = hall.groups.group(`room ${room}`);
    group.add(ada);
    group.delete(ada);
  }
  assert.is(hall.groups.count, 0);
  hall.groups.group('lobby').add(ada);
  assert.is(hall.groups.count, 1);
});
groups.run();
