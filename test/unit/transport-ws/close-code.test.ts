import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { causeOfCloseCode } from '../../../packages/transport-ws/src/close-code.ts';

const codes = suite('the cause of a WebSocket close code');

const CASES: readonly (readonly [number, object])[] = [
  [1000, { kind: 'finished' }],
  [1001, { kind: 'finished' }],
  [1002, { kind: 'protocol', code: 'ERR_HW_MALFORMED_FRAME' }],
  [1003, { kind: 'protocol', code: 'ERR_HW_MALFORMED_FRAME' }],
  [1005, { kind: 'finished' }],
  [1006, { kind: 'lost' }],
  [1007, { kind: 'protocol', code: 'ERR_HW_MALFORMED_FRAME' }],
  [1008, { kind: 'refused', by: 'application', code: '1008' }],
  [1009, { kind: 'protocol', code: 'ERR_HW_FRAME_TOO_LARGE' }],
  [1010, { kind: 'protocol', code: 'ERR_HW_MALFORMED_FRAME' }],
  [1011, { kind: 'finished' }],
  [1012, { kind: 'finished' }],
  [1013, { kind: 'finished' }],
  [1014, { kind: 'finished' }],
  [1015, { kind: 'refused', by: 'tls', code: '1015' }],
  [3000, { kind: 'refused', by: 'application', code: '3000' }],
  [4401, { kind: 'refused', by: 'application', code: '4401' }],
  [4999, { kind: 'refused', by: 'application', code: '4999' }],
];

for (const [code, expected] of CASES) {
  codes(`reads ${code} as ${Object.values(expected).join(' ')}`, () => {
    const cause = causeOfCloseCode({ code, reason: 'because', wasClean: code !== 1006 });
    const { kind, by, code: named } = cause as { kind: string; by?: string; code?: string };
    if (cause.kind === 'protocol') {
      assert.equal({ kind, code: cause.error.code }, expected);
      assert.is(cause.error.by, 'local');
      assert.match(cause.error.message, /: because$/);
    } else if (cause.kind === 'refused') {
      assert.equal({ kind, by, code: named }, expected);
      if (code !== 1015) assert.match(cause.message, new RegExp(`with ${code}: because$`));
    } else assert.equal({ kind }, expected);
    assert.equal(cause.evidence, { wsCode: code, wsClean: code !== 1006 });
  });
}

codes.run();
