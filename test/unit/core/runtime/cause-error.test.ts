import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { CloseCause } from '../../../../packages/core/src/errors/close-cause.ts';
import type { ErrorCode } from '../../../../packages/core/src/errors/error-code.ts';
import { HeartwireError, type ErrorOrigin } from '../../../../packages/core/src/errors/heartwire-error.ts';
import { describeCause, errorOfCause } from '../../../../packages/core/src/runtime/cause-error.ts';

const protocol = new HeartwireError('ERR_HW_SEQUENCE', { by: 'remote', detail: 'sequence 5, expected 1' });
const timeout = (of: (CloseCause & { kind: 'timeout' })['of']): CloseCause => ({
  kind: 'timeout',
  of,
  silentFor: 1234,
});

const CAUSES: readonly (readonly [CloseCause, sentence: string, code: ErrorCode, by: ErrorOrigin])[] = [
  [{ kind: 'closed', by: 'local', code: 0, reason: '' }, 'closed by us', 'ERR_HW_SESSION_CLOSED', 'local'],
  [
    { kind: 'closed', by: 'peer', code: 7, reason: 'bye' },
    'closed by the peer: bye',
    'ERR_HW_SESSION_CLOSED',
    'remote',
  ],
  [{ kind: 'destroyed' }, 'dropped by us without a goodbye', 'ERR_HW_SESSION_CLOSED', 'local'],
  [
    { kind: 'evicted', heldBytes: 5000 },
    'dropped by us, because too much was kept for all clients together (5000 bytes for this one)',
    'ERR_HW_SESSION_CLOSED',
    'local',
  ],
  [
    { kind: 'finished' },
    'the peer ended the connection without a goodbye (its process may have ended)',
    'ERR_HW_CONNECTION_LOST',
    'transport',
  ],
  [{ kind: 'reset' }, 'the connection was reset', 'ERR_HW_CONNECTION_LOST', 'transport'],
  [timeout('dial'), 'nobody answered in time', 'ERR_HW_TIMEOUT', 'transport'],
  [timeout('handshake'), 'the handshake was not completed in time', 'ERR_HW_TIMEOUT', 'transport'],
  [timeout('heartbeat'), 'the peer was silent for 1234 ms', 'ERR_HW_TIMEOUT', 'transport'],
  [timeout('close'), 'the goodbye was not completed in time', 'ERR_HW_TIMEOUT', 'transport'],
  [timeout('write'), 'the network gave up waiting', 'ERR_HW_TIMEOUT', 'transport'],
  [timeout('kernel'), 'the network gave up waiting', 'ERR_HW_TIMEOUT', 'transport'],
  [
    { kind: 'unreachable', code: 'ENOTFOUND', message: 'no such host' },
    'no such host',
    'ERR_HW_CONNECTION_LOST',
    'transport',
  ],
  [
    { kind: 'refused', by: 'host', code: 'ECONNREFUSED', message: 'nobody listens' },
    'nobody listens',
    'ERR_HW_CONNECTION_LOST',
    'transport',
  ],
  [
    { kind: 'refused', by: 'application', code: 'ERR_HW_AUTH', message: 'who are you?' },
    'who are you?',
    'ERR_HW_AUTH',
    'transport',
  ],
  [
    { kind: 'refused', by: 'application', code: 'toString', message: 'a word of every object' },
    'a word of every object',
    'ERR_HW_CONNECTION_LOST',
    'transport',
  ],
  [{ kind: 'protocol', error: protocol }, protocol.message, 'ERR_HW_SEQUENCE', 'remote'],
  [
    { kind: 'lost' },
    'the connection was lost, and the platform does not say why',
    'ERR_HW_CONNECTION_LOST',
    'transport',
  ],
];

const causes = suite('a cause');

for (const [cause, sentence, code, by] of CAUSES) {
  const name =
    'of' in cause ? `${cause.kind} of ${cause.of}` : 'code' in cause ? `${cause.kind} ${cause.code}` : cause.kind;
  causes(`is told in words and as an error: ${name}`, () => {
    assert.is(describeCause(cause), sentence);
    const error = errorOfCause(cause);
    assert.equal([error.code, error.by], [code, by]);
    assert.ok(error.message.includes(sentence));
    if (cause.kind !== 'protocol') assert.is(error.cause, cause);
  });
}

causes('that is a broken protocol is its own error', () => {
  assert.is(errorOfCause({ kind: 'protocol', error: protocol }), protocol);
});
causes.run();
