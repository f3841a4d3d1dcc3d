import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  causeOfClosedWebSocket,
  causeOfFailedDial,
  causeOfStatus,
  causeOfWrongProtocol,
} from '../../../packages/transport-ws/src/node-close-cause.ts';

function systemError(code?: string, syscall?: string, extra: object = {}): Error {
  return Object.assign(new Error('what Node said'), code ? { code } : {}, syscall ? { syscall } : {}, extra);
}

const PLAIN = { address: 'ws://chat.example/hw', isSecure: false, isSecured: false, elapsedMs: 40 };
const SECURE = { ...PLAIN, address: 'wss://chat.example/hw', isSecure: true };

const dialing = suite('the cause of a failed WebSocket dial');

const DIALS = [
  [systemError('ECONNREFUSED', 'connect'), PLAIN, 'refused', 'host', 'ECONNREFUSED', /nothing listens on/],
  [systemError('ENOTFOUND', 'getaddrinfo'), PLAIN, 'unreachable', undefined, 'ENOTFOUND', /is it spelled right/],
  [systemError('EAI_AGAIN', 'getaddrinfo'), SECURE, 'unreachable', undefined, 'EAI_AGAIN', /name server/],
  [systemError('ENETUNREACH', 'connect'), SECURE, 'unreachable', undefined, 'ENETUNREACH', /no route to/],
  [systemError('EINVAL', 'connect'), PLAIN, 'unreachable', undefined, 'EINVAL', /what Node said/],
  [
    systemError('HPE_INVALID_CONSTANT'),
    PLAIN,
    'refused',
    'http',
    'HPE_INVALID_CONSTANT',
    /did not answer as a WebSocket server/,
  ],
  [systemError(), PLAIN, 'refused', 'http', 'upgrade', /did not answer as a WebSocket server/],
  [systemError('ECONNRESET'), PLAIN, 'refused', 'http', 'ECONNRESET', /without an HTTP answer/],
  [systemError('ECONNRESET'), SECURE, 'refused', 'tls', 'ECONNRESET', /does it speak TLS/],
  [
    systemError('ECONNRESET'),
    { ...SECURE, isSecured: true },
    'refused',
    'http',
    'ECONNRESET',
    /without an HTTP answer/,
  ],
  [
    systemError('DEPTH_ZERO_SELF_SIGNED_CERT'),
    SECURE,
    'refused',
    'tls',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    /signed its certificate itself/,
  ],
  [systemError('EPROTO', 'write'), SECURE, 'refused', 'tls', 'EPROTO', /TLS handshake/],
] as const;

for (const [failure, dial, kind, by, code, sentence] of DIALS) {
  dialing(
    `is ${kind}${by ? ` by ${by}` : ''} for ${(failure as NodeJS.ErrnoException).code} on ${dial.address.slice(0, 3)}`,
    () => {
      const cause = causeOfFailedDial(failure, dial) as { kind: string; by?: string; code: string; message: string };
      assert.equal([cause.kind, cause.by, cause.code], [kind, by, code]);
      assert.match(cause.message, sentence);
      assert.ok(cause.message.includes(dial.address));
    },
  );
}

dialing('is a reset for one that the kernel reported, and a timeout for ETIMEDOUT', () => {
  assert.is(causeOfFailedDial(systemError('ECONNRESET', 'read'), SECURE).kind, 'reset');
  const cause = causeOfFailedDial(systemError('ETIMEDOUT', 'connect'), PLAIN);
  assert.is(cause.kind === 'timeout' && cause.of, 'dial');
});

dialing('names every address that was tried', () => {
  const errors = [
    systemError('ECONNREFUSED', 'connect', { address: '::1' }),
    systemError('ECONNREFUSED', 'connect', { address: '127.0.0.1' }),
  ];
  const cause = causeOfFailedDial(new AggregateError(errors), PLAIN);
  assert.match((cause as { message: string }).message, /Tried: ::1 \(ECONNREFUSED\), 127\.0\.0\.1 \(ECONNREFUSED\)\./);
});

for (const [status, sentence] of [
  [200, /is the path right/],
  [302, /it has moved to wss:\/\/new\.example\/; dial the new address/],
  [401, /wants credentials/],
  [403, /origin/],
  [404, /no WebSocket on this path/],
  [418, /did not accept the WebSocket/],
  [503, /takes no connections/],
] as const) {
  dialing(`is refused by HTTP for the status ${status}, with a sentence`, () => {
    const cause = causeOfStatus(status, 'ws://chat.example/', status === 302 ? 'wss://new.example/' : undefined);
    assert.is(cause.kind === 'refused' && cause.by, 'http');
    assert.is(cause.kind === 'refused' && cause.code, String(status));
    assert.match(cause.kind === 'refused' ? cause.message : '', sentence);
  });
}

dialing('is refused by HTTP for another sub-protocol, or none', () => {
  for (const [got, sentence] of [
    [undefined, /no sub-protocol/],
    ['mqtt', /the sub-protocol 'mqtt'/],
  ] as const) {
    const cause = causeOfWrongProtocol('heartwire.1', got, 'ws://chat.example/');
    assert.is(cause.kind === 'refused' && cause.by, 'http');
    assert.match(cause.kind === 'refused' ? cause.message : '', sentence);
  }
});

dialing.run();

const open = suite('the cause of the end of an open WebSocket');

const SOCKET = { wasReset: false, isAborted: false, isSecure: false, address: '10.0.0.1:7000', silentMs: 7 };

const ENDS = [
  [1000, undefined, 'finished'],
  [1006, undefined, 'finished'],
  [1006, 'ECONNRESET', 'reset'],
  [1006, 'EPIPE', 'reset'],
  [1006, 'ETIMEDOUT', 'timeout'],
  [1006, 'EHOSTUNREACH', 'unreachable'],
  [1006, 'ENOBUFS', 'lost'],
  [1011, 'ECONNRESET', 'finished'],
  [1002, undefined, 'protocol'],
  [4000, undefined, 'refused'],
] as const;

for (const [code, errno, kind] of ENDS) {
  open(`is ${kind} for ${code} with ${errno ?? 'no error'} below`, () => {
    const failure = errno === undefined ? undefined : systemError(errno, 'read');
    const cause = causeOfClosedWebSocket({ code, reason: '', ...SOCKET, failure });
    assert.is(cause.kind, kind);
    assert.is(cause.evidence?.wsCode, code);
    assert.is(cause.evidence?.wsClean, code !== 1006);
    assert.is(cause.evidence?.errno, errno);
    if (cause.kind === 'timeout') assert.equal([cause.of, cause.silentFor], ['kernel', 7]);
  });
}

open('is a reset without a close frame when the kernel knows no peer any more', () => {
  const cause = causeOfClosedWebSocket({ code: 1006, reason: '', ...SOCKET, failure: undefined, wasReset: true });
  assert.is(cause.kind, 'reset');
});

open.run();
