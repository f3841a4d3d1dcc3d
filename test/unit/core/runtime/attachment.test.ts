import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Attachment } from '../../../../packages/core/src/runtime/attachment.ts';
import { OutgoingLink } from '../../../../packages/core/src/runtime/outgoing-link.ts';
import { testClock } from '../../../../packages/core/src/testing/test-clock.ts';
import type { Link } from '../../../../packages/core/src/transport/transport.ts';

const BYTES = new Uint8Array([1]);

function attached(): { attachment: Attachment; told: string[]; link: OutgoingLink } {
  const told: string[] = [];
  const bare: Link = { info: { transport: 'fake' }, write: () => false, end() {}, abort() {} };
  const link = new OutgoingLink(bare, testClock());
  const attachment = new Attachment(
    {
      received: (chunk) => told.push(`received ${chunk.length}`),
      overheard: () => told.push('overheard'),
      drained: () => told.push('drained'),
      endpointAnswered: () => told.push('endpoint'),
      readEnded: () => told.push('read ended'),
      linkGone: ({ kind }) => told.push(`gone ${kind}`),
      formerLinkGone: () => told.push('former gone'),
    },
    link,
  );
  return { attachment, told, link };
}

const attachment = suite('an attachment');

attachment('tells its owner what the link says', () => {
  const { attachment: one, told } = attached();
  one.open({} as Link);
  one.bytes(BYTES);
  one.drained();
  one.pong();
  one.readEnded();
  one.closed({ kind: 'reset' });
  assert.equal(told, ['received 1', 'drained', 'endpoint', 'read ended', 'gone reset']);
});

attachment('keeps its link informed', () => {
  const { attachment: one, link } = attached();
  link.write(BYTES);
  assert.not.ok(link.isWritable);
  one.drained();
  assert.ok(link.isWritable);
  one.closed({ kind: 'reset' });
  assert.ok(link.isGone);
});

// Promise P18.
attachment('that was replaced tells nothing but that its link is gone', () => {
  const { attachment: one, told, link } = attached();
  one.replace();
  one.bytes(BYTES);
  one.drained();
  one.readEnded();
  assert.equal(told, []);
  one.closed({ kind: 'reset' });
  assert.equal([told, link.isGone], [['former gone'], true]);
});

attachment('that is held tells that something came, and keeps it', () => {
  const { attachment: one, told, link } = attached();
  one.hold(10);
  one.bytes(BYTES);
  one.drained();
  one.readEnded();
  one.closed({ kind: 'reset' });
  assert.equal([told, link.isGone, link.isWritable], [['overheard'], true, false]);
  const held = one.takeHeld()!;
  assert.equal([held.chunks, held.hasReadEnd, held.goneCause?.kind], [[BYTES], true, 'reset']);
  assert.is(one.takeHeld(), null);
});

attachment('that was held and is replaced forgets what it kept', () => {
  const { attachment: one, told } = attached();
  one.hold(10);
  one.bytes(BYTES);
  one.replace();
  assert.is(one.takeHeld(), null);
  one.bytes(BYTES);
  one.closed({ kind: 'reset' });
  assert.equal(told, ['overheard', 'former gone']);
});

attachment('tells another owner once it is handed over', () => {
  const { attachment: one, told } = attached();
  const other = attached();
  one.handOver({
    received: () => other.told.push('received'),
    overheard() {},
    drained() {},
    endpointAnswered() {},
    readEnded() {},
    linkGone: () => other.told.push('gone'),
    formerLinkGone() {},
  });
  one.bytes(BYTES);
  one.closed({ kind: 'reset' });
  assert.equal([told, other.told], [[], ['received', 'gone']]);
});
attachment.run();
