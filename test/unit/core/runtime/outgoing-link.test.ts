import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { OutgoingLink } from '../../../../packages/core/src/runtime/outgoing-link.ts';
import { testClock, type TestClock } from '../../../../packages/core/src/testing/test-clock.ts';

/** A link over one that notes what it is told. */
function linkOver(hasRoom = true): { link: OutgoingLink; calls: string[]; clock: TestClock } {
  const calls: string[] = [];
  const clock = testClock();
  const link = new OutgoingLink(
    {
      info: { transport: 'fake', address: 'here' },
      write(bytes) {
        calls.push(`write ${bytes.length}`);
        return hasRoom;
      },
      end: () => void calls.push('end'),
      abort: () => void calls.push('abort'),
    },
    clock,
  );
  return { link, calls, clock };
}

const BYTE = new Uint8Array(1);
const outgoing = suite('an outgoing link');

outgoing('writes, and says whether more is welcome', () => {
  const { link, calls } = linkOver(false);
  assert.equal([link.isWritable, link.info.address], [true, 'here']);
  link.write(BYTE);
  assert.equal([link.isWritable, link.isEnded, link.isGone], [false, false, false]);
  link.drained();
  assert.ok(link.isWritable);
  assert.equal(calls, ['write 1']);
});

outgoing('ends once, and writes nothing after that', () => {
  const { link, calls } = linkOver();
  link.end();
  link.end();
  link.write(BYTE);
  link.drained();
  assert.equal([link.isWritable, link.isEnded, link.isGone], [false, true, false]);
  assert.equal(calls, ['end']);
});

outgoing('drops a peer that does not end its own direction within a second', async () => {
  const { link, calls, clock } = linkOver();
  link.end();
  await clock.advance(999);
  assert.equal(calls, ['end']);
  await clock.advance(1);
  assert.equal(calls, ['end', 'abort']);
  assert.is(clock.pending, 0);
});

outgoing('drops nothing when the end came in time', async () => {
  const { link, calls, clock } = linkOver();
  link.end();
  link.gone();
  assert.is(clock.pending, 0);
  await clock.advance(5000);
  assert.equal(calls, ['end']);
});

outgoing('aborts at once, also while it lingers', () => {
  const { link, calls, clock } = linkOver();
  link.end();
  link.abort();
  assert.equal(calls, ['end', 'abort']);
  assert.is(clock.pending, 0);
  link.write(BYTE);
  assert.equal([link.isWritable, link.isEnded], [false, true]);
});

outgoing('touches nothing that is gone', () => {
  const { link, calls } = linkOver();
  link.gone();
  link.write(BYTE);
  link.end();
  link.abort();
  assert.equal(calls, []);
  assert.equal([link.isWritable, link.isGone], [false, true]);
});
outgoing.run();
