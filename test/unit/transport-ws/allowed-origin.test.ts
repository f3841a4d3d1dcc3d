import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createOriginCheck } from '../../../packages/transport-ws/src/allowed-origin.ts';

const origins = suite('the pages that may connect');

const LISTED = [
  'https://Chat.example',
  'https://app.example:8443',
  'capacitor://localhost',
  'https://dflt.example:443/',
];

/** origins option, Origin header, Host header, may it connect */
const CASES = [
  [undefined, undefined, 'chat.example', true],
  [undefined, 'https://chat.example', 'chat.example', true],
  [undefined, 'https://chat.example', 'chat.example:8080', true],
  [undefined, 'http://localhost:5173', 'localhost:8080', true],
  [undefined, 'http://[::1]:5173', '[::1]:8080', true],
  [undefined, 'https://CHAT.example', 'chat.EXAMPLE', true],
  [undefined, 'https://evil.example', 'chat.example', false],
  [undefined, 'https://chat.example.evil.example', 'chat.example', false],
  [undefined, 'https://sub.chat.example', 'chat.example', false],
  [undefined, 'null', 'chat.example', false],
  [undefined, '', 'chat.example', false],
  [undefined, 'chat.example', 'chat.example', false],
  [undefined, 'file://', '', false],
  [undefined, 'https://chat.example', undefined, false],
  ['*', 'https://evil.example', 'chat.example', true],
  ['*', 'null', 'chat.example', true],
  [LISTED, 'https://chat.example', 'other.example', true],
  [LISTED, 'https://app.example:8443', 'other.example', true],
  [LISTED, 'https://dflt.example', 'other.example', true],
  [LISTED, 'capacitor://localhost', 'other.example', true],
  [LISTED, 'https://app.example', 'other.example', false],
  [LISTED, 'http://chat.example', 'other.example', false],
  [LISTED, 'https://other.example', 'other.example', false],
  [LISTED, 'null', 'other.example', false],
  [LISTED, undefined, 'other.example', true],
  [['null'], 'null', 'chat.example', true],
  [[], 'https://chat.example', 'chat.example', false],
] as const;

for (const [option, origin, host, isAllowed] of CASES) {
  const rule = option === undefined ? 'by default' : option === '*' ? 'for *' : `for ${option.length} listed`;
  origins(`${rule}: ${origin ?? 'a program'} to ${host} ${isAllowed ? 'may' : 'may not'}`, () => {
    assert.is(createOriginCheck(option)(origin, host), isAllowed);
  });
}

for (const entry of ['chat.example', 'https://chat.example/path', 'https://', '*', 'https://a b']) {
  origins(`refuses the entry '${entry}'`, () => {
    assert.throws(() => createOriginCheck([entry]), /is no origin; write scheme and host alone/);
  });
}

origins.run();
