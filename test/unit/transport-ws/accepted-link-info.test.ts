import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { acceptedLinkInfo } from '../../../packages/transport-ws/src/accepted-link-info.ts';

const accepted = suite('the facts about an accepted WebSocket');
const INFO = { transport: 'ws', address: '127.0.0.1:8080' };

accepted('are those of its socket on Node and Deno', () => {
  assert.is(acceptedLinkInfo(INFO, { node: '20.19.0' }), INFO);
  assert.is(acceptedLinkInfo(INFO, { node: '26.3.0', deno: '2.9.6' }), INFO);
  assert.is(acceptedLinkInfo(INFO), INFO);
});

accepted('say on Bun that a reset is hidden, besides what the socket says', () => {
  const unread = { of: 'unread-bytes', message: 'they may be lost' } as const;
  const { degraded, ...rest } = acceptedLinkInfo({ ...INFO, degraded: [unread] }, { node: '26.3.0', bun: '1.4.4' });
  assert.equal(rest, INFO);
  assert.equal(
    degraded?.map(({ of }) => of),
    ['unread-bytes', 'hidden-reset'],
  );
});

accepted.run();
