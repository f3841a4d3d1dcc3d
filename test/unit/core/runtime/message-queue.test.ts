import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MessageQueue } from '../../../../packages/core/src/runtime/message-queue.ts';
import type { PendingMessage } from '../../../../packages/core/src/runtime/session-api.ts';

const DONE = { done: true, value: undefined };

/** A queue, what became of its messages, and how often its consumer has left. */
class Rig {
  readonly settled: string[] = [];
  readonly queue: MessageQueue;
  ends = 0;

  constructor(signal?: AbortSignal) {
    this.queue = new MessageQueue(() => {
      this.ends += 1;
    }, signal);
  }

  push(...ids: number[]): this {
    for (const id of ids) {
      this.queue.push({
        type: 'say',
        id,
        data: `data ${id}`,
        accept: () => void this.settled.push(`accepted ${id}`),
        refuse: (code) => void this.settled.push(`refused ${id}: ${code}`),
      });
    }
    return this;
  }

  pushVolatile(...values: string[]): void {
    for (const data of values) {
      const accept = (): void => void this.settled.push(`done ${data}`);
      const refuse = (): void => void this.settled.push(`left ${data}`);
      this.queue.push({ type: 'at', id: 0, data, volatile: true, accept, refuse });
    }
  }

  async take(): Promise<PendingMessage> {
    const { done, value } = await this.queue.next();
    assert.not.ok(done);
    return value!;
  }
}

const order = suite('a queue of messages');

order('gives what waits, in order', async () => {
  const rig = new Rig().push(1, 2);
  const first = await rig.take();
  assert.equal([first.type, first.id, first.data], ['say', 1, 'data 1']);
  assert.is((await rig.take()).id, 2);
});

order('passes over what may not be begun any more when its turn comes', async () => {
  const rig = new Rig();
  const asked: number[] = [];
  const push = (id: number, mayBegin: boolean): void => {
    const begin = (): boolean => {
      asked.push(id);
      return mayBegin;
    };
    rig.queue.push({ type: 'say', id, data: id, accept() {}, refuse() {} }, begin);
  };
  for (const id of [1, 2, 3]) push(id, id === 3);
  assert.equal(asked, []);
  assert.is((await rig.take()).id, 3);
  const waiting = rig.take();
  push(4, false);
  push(5, true);
  assert.is((await waiting).id, 5);
  assert.equal(asked, [1, 2, 3, 4, 5]);
});

order('gives what comes to those who wait, in order', async () => {
  const rig = new Rig();
  const two = [rig.take(), rig.take()];
  rig.push(1, 2, 3);
  assert.equal(
    (await Promise.all(two)).map(({ id }) => id),
    [1, 2],
  );
  assert.is((await rig.take()).id, 3);
});

order('settles what is accepted and refused', async () => {
  const rig = new Rig().push(1, 2);
  (await rig.take()).accept();
  (await rig.take()).refuse('no');
  assert.equal(rig.settled, ['accepted 1', 'refused 2: no']);
});

order('is for loops', async () => {
  const rig = new Rig().push(1, 2, 3);
  const seen: number[] = [];
  for await (const message of rig.queue) {
    seen.push(message.id);
    message.accept();
    if (message.id === 3) rig.queue.end();
  }
  assert.equal(seen, [1, 2, 3]);
  assert.is(rig.ends, 0, 'an end from above takes no consumer away');
});
order.run();

const leaving = suite('a loop that is left');

leaving('refuses what it has taken and not settled, and what waits, so that no sender waits for ever', async () => {
  const rig = new Rig().push(1, 2, 3, 4);
  for await (const message of rig.queue) {
    if (message.id === 1) message.accept();
    if (message.id === 2) break;
  }
  assert.equal(rig.settled, [
    'accepted 1',
    'refused 2: ERR_HW_HANDLER',
    'refused 3: ERR_HW_HANDLER',
    'refused 4: ERR_HW_HANDLER',
  ]);
  assert.is(rig.ends, 1);
  assert.equal(await rig.queue.next(), DONE);
});

leaving('by an error does the same', async () => {
  const rig = new Rig().push(1);
  const loop = async (): Promise<void> => {
    for await (const message of rig.queue) throw new Error(`broken at ${message.id}`);
  };
  await loop().then(
    () => assert.unreachable(),
    (error: unknown) => assert.match((error as Error).message, 'broken at 1'),
  );
  assert.equal(rig.settled, ['refused 1: ERR_HW_HANDLER']);
});

leaving('does not refuse what was accepted just before', async () => {
  const rig = new Rig().push(1);
  const message = await rig.take();
  message.accept();
  await rig.queue.return();
  assert.equal(rig.settled, ['accepted 1']);
});

leaving('wakes those who wait', async () => {
  const rig = new Rig();
  const next = rig.queue.next();
  await rig.queue.return();
  assert.equal(await next, DONE);
});
leaving.run();

const volatiles = suite('a volatile value');

volatiles('is done with when the loop has taken it, and is not refused when the loop is left', async () => {
  const rig = new Rig();
  rig.pushVolatile('a', 'b');
  const taken = await rig.take();
  assert.equal([taken.volatile, taken.data], [true, 'a']);
  assert.equal(rig.settled, ['done a']);
  await rig.queue.return();
  assert.equal(rig.settled, ['done a', 'left b']);
});

volatiles('goes to those who wait', async () => {
  const rig = new Rig();
  const next = rig.take();
  rig.pushVolatile('a');
  assert.is((await next).data, 'a');
  assert.equal(rig.settled, ['done a']);
});
volatiles.run();

const signals = suite('a loop with a signal');

signals('ends when it is aborted, and what is left is refused', async () => {
  const controller = new AbortController();
  const rig = new Rig(controller.signal).push(1, 2);
  await rig.take();
  const [, third] = [await rig.take(), rig.queue.next()];
  controller.abort();
  assert.equal(await third, DONE);
  assert.equal(rig.settled, ['refused 1: ERR_HW_HANDLER', 'refused 2: ERR_HW_HANDLER']);
  assert.is(rig.ends, 1);
});

signals('ends at the first look when it was aborted before', async () => {
  const rig = new Rig(AbortSignal.abort()).push(1);
  assert.equal(await rig.queue.next(), DONE);
  assert.equal(rig.settled, ['refused 1: ERR_HW_HANDLER']);
});

signals('is not held on to after the end', async () => {
  const controller = new AbortController();
  const rig = new Rig(controller.signal);
  await rig.queue.return();
  controller.abort();
  assert.is(rig.ends, 1);
});
signals.run();

const ending = suite('when the session is over');

ending('what waits can still be taken, then the loop ends', async () => {
  const rig = new Rig().push(1, 2);
  rig.queue.end();
  rig.queue.end();
  assert.is((await rig.take()).id, 1);
  assert.is((await rig.take()).id, 2);
  assert.equal(await rig.queue.next(), DONE);
  assert.equal(rig.settled, []);
});

ending('those who wait are told', async () => {
  const rig = new Rig();
  const two = [rig.queue.next(), rig.queue.next()];
  rig.queue.end();
  assert.equal(await Promise.all(two), [DONE, DONE]);
});
ending.run();
