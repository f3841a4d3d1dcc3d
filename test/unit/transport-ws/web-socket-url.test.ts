import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { HeartwireError } from '@heartwire/core/transport';
import { offeredProtocols } from '../../../packages/transport-ws/src/sub-protocol.ts';
import { showUrl, webSocketUrl } from '../../../packages/transport-ws/src/web-socket-url.ts';

const urls = suite('the URL of a WebSocket');
const PAGE = 'https://chat.example/rooms/1?user=2#top';

const READABLE = [
  ['ws://localhost:8080', undefined, 'ws://localhost:8080/'],
  ['wss://chat.example/hw?ticket=1', undefined, 'wss://chat.example/hw?ticket=1'],
  ['http://localhost:8080/hw', undefined, 'ws://localhost:8080/hw'],
  ['https://chat.example/hw', undefined, 'wss://chat.example/hw'],
  ['/hw', PAGE, 'wss://chat.example/hw'],
  ['hw', PAGE, 'wss://chat.example/rooms/hw'],
  ['//other.example/hw', PAGE, 'wss://other.example/hw'],
  ['', PAGE, 'wss://chat.example/rooms/1?user=2'],
  ['ws://localhost/#part', undefined, 'ws://localhost/'],
] as const;

for (const [text, page, href] of READABLE) {
  urls(`reads '${text}'${page === undefined ? '' : ' on a page'} as ${href}`, () => {
    assert.is(webSocketUrl(text, page).href, href);
  });
}

for (const [text, page, sentence] of [
  ['/hw', undefined, /no page here that it could be relative to; write 'ws:\/\/localhost:8080\/hw'/],
  ['localhost:8080', undefined, /no WebSocket address/],
  ['chat', undefined, /no WebSocket address/],
  ['tcp://localhost:7000', undefined, /no WebSocket address/],
  ['/hw', 'blob:null/1', /no WebSocket address/],
] as const) {
  urls(`refuses '${text}' with a sentence`, () => {
    try {
      webSocketUrl(text, page);
    } catch (error) {
      assert.is((error as HeartwireError).code, 'ERR_HW_OPTION');
      assert.match((error as HeartwireError).message, sentence);
      return;
    }
    assert.unreachable('it was accepted');
  });
}

urls('does not change the URL object that it was given', () => {
  const given = new URL('http://localhost/#part');
  webSocketUrl(given);
  assert.is(given.href, 'http://localhost/#part');
});

urls('shows neither credentials nor query', () => {
  assert.is(showUrl(new URL('wss://me:secret@chat.example:8443/hw?ticket=1')), 'wss://chat.example:8443/hw');
});

urls('offers heartwire.1 before the sub-protocols of the caller', () => {
  assert.equal(offeredProtocols(), ['heartwire.1']);
  assert.equal(offeredProtocols(['token.abc']), ['heartwire.1', 'token.abc']);
  for (const bad of ['two words', '', 'a,b']) assert.throws(() => offeredProtocols([bad]), /no name of a sub-protocol/);
  assert.throws(() => offeredProtocols(['heartwire.1']), /named twice/);
});

urls.run();
