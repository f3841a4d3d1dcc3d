import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ConnectionOptions } from 'node:tls';
import { readTlsOptions } from '../../../packages/transport-tcp/src/tls-options.ts';

const options = suite('TLS options');

/** What a program may hand over that the compiler did not see. */
const WRONG: readonly [unknown, RegExp][] = [
  [{ timeout: 'soon' }, /timeout is soon; write milliseconds/],
  [{ timeout: -1 }, /timeout is -1/],
  [{ ALPNProtocols: 5 }, /ALPNProtocols is no list of names/],
  [{ ALPNProtocols: ['h2', 5] }, /ALPNProtocols is no list of names/],
  [{ ciphers: 7 }, /ciphers/],
  [{ minVersion: 'TLSv9' }, /TLSv9/],
  [{ ca: 'no certificate', cert: 'neither' }, /TLS options cannot be used/],
];

for (const [wrong, sentence] of WRONG) {
  options(`${JSON.stringify(wrong)} is refused at once`, () => {
    try {
      readTlsOptions(wrong as ConnectionOptions);
      assert.unreachable();
    } catch (error) {
      assert.is((error as { code: string }).code, 'ERR_HW_OPTION');
      assert.match((error as Error).message, sentence);
    }
  });
}

options('what makes sense is kept, with the certificates read', () => {
  const kept = readTlsOptions({ servername: 'chat.example', timeout: 0, ALPNProtocols: ['heartwire/1'] });
  assert.equal([kept.servername, kept.timeout, kept.ALPNProtocols], ['chat.example', 0, ['heartwire/1']]);
  assert.ok(kept.secureContext !== undefined);
  assert.is(readTlsOptions(kept).secureContext, kept.secureContext, 'a context of the caller stays');
});
options.run();
