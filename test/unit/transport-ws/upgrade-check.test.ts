import type { IncomingMessage } from 'node:http';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createOriginCheck } from '../../../packages/transport-ws/src/allowed-origin.ts';
import { findRefusal, isForPath } from '../../../packages/transport-ws/src/upgrade-check.ts';

const upgrades = suite('an upgrade request');
const request = (headers: object, url = '/hw'): IncomingMessage => ({ headers, url }) as IncomingMessage;
const offer = { 'sec-websocket-protocol': 'mqtt, heartwire.1' };

upgrades('is accepted when it offers the sub-protocol, among others', () => {
  assert.is(findRefusal(request(offer), createOriginCheck(undefined)), null);
});

upgrades('is refused with 400 without the sub-protocol', () => {
  for (const headers of [{}, { 'sec-websocket-protocol': 'mqtt' }, { 'sec-websocket-protocol': 'heartwire.10' }]) {
    const refusal = findRefusal(request(headers), createOriginCheck(undefined));
    assert.is(refusal?.status, 400);
    assert.match(refusal?.sentence ?? '', /heartwire\.1/);
  }
});

upgrades('is refused with 403 from a foreign page', () => {
  const headers = { ...offer, origin: 'https://evil.example', host: 'chat.example' };
  assert.is(findRefusal(request(headers), createOriginCheck(undefined))?.status, 403);
});

upgrades('is for a path whatever its query', () => {
  assert.ok(isForPath(request({}, '/hw'), '/hw'));
  assert.ok(isForPath(request({}, '/hw?ticket=1'), '/hw'));
  for (const url of ['/hw/', '/', '/hwx', '//hw', '']) assert.not(isForPath(request({}, url), '/hw'), url);
});

upgrades.run();
