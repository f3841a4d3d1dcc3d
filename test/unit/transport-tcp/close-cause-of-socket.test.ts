import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { causeOfClosedSocket, causeOfFailedDial } from '../../../packages/transport-tcp/src/close-cause-of-socket.ts';

function systemError(code: string | undefined, syscall?: string, extra: object = {}): Error {
  return Object.assign(
    new Error(`${syscall} ${code}`),
    code === undefined ? {} : { code },
    syscall ? { syscall } : {},
    extra,
  );
}

const dialing = suite('the cause of a failed dial');
const HOST = { kind: 'tcp', address: 'tcp://chat.example:7000', isSecuring: false, elapsedMs: 40 } as const;
const PATH = { kind: 'unix', address: 'unix:/run/chat.sock', isSecuring: false, elapsedMs: 1 } as const;
const SECURING = { kind: 'tls', address: 'tls://chat.example:7000', isSecuring: true, elapsedMs: 40 } as const;

const DIALS = [
  ['ECONNREFUSED', HOST, 'refused', /nothing listens on tcp:\/\/chat\.example:7000/],
  ['EACCES', HOST, 'refused', /look at its firewall/],
  ['ECONNREFUSED', PATH, 'refused', /nothing listens on unix:\/run\/chat\.sock/],
  ['EACCES', PATH, 'refused', /look at the permissions/],
  ['ENOENT', PATH, 'unreachable', /no socket file at unix:\/run\/chat\.sock/],
  ['ENOTFOUND', HOST, 'unreachable', /is it spelled right/],
  ['EAI_AGAIN', HOST, 'unreachable', /name server does not answer/],
  ['EHOSTUNREACH', HOST, 'unreachable', /no way to tcp:\/\/chat\.example:7000/],
  ['ENETUNREACH', HOST, 'unreachable', /no route to .* this machine has none, or a router on the way says so/],
  ['ENETDOWN', HOST, 'unreachable', /this machine has no route to/],
  ['EADDRNOTAVAIL', HOST, 'unreachable', /no local address or port/],
  ['EMFILE', HOST, 'unreachable', /ulimit/],
  ['EINVAL', HOST, 'unreachable', /cannot be reached: connect EINVAL/],
] as const;

for (const [code, dial, kind, sentence] of DIALS) {
  dialing(`is ${kind} for ${code} on ${dial.kind}, with a sentence`, () => {
    const cause = causeOfFailedDial(systemError(code, 'connect'), dial);
    assert.is(cause.kind, kind);
    if (cause.kind !== 'refused' && cause.kind !== 'unreachable') return assert.unreachable();
    assert.is(cause.code, code);
    assert.match(cause.message, sentence);
    if (cause.kind === 'refused') assert.is(cause.by, 'host');
    assert.equal(cause.evidence, { errno: code, syscall: 'connect' });
  });
}

dialing('is a timeout of the dial for ETIMEDOUT', () => {
  const cause = causeOfFailedDial(systemError('ETIMEDOUT', 'connect'), HOST);
  assert.equal(cause, {
    kind: 'timeout',
    of: 'dial',
    silentFor: 40,
    evidence: { errno: 'ETIMEDOUT', syscall: 'connect' },
  });
});

dialing('is a reset for ECONNRESET, also within the TLS handshake', () => {
  assert.is(causeOfFailedDial(systemError('ECONNRESET', 'read'), HOST).kind, 'reset');
  assert.is(causeOfFailedDial(systemError('ECONNRESET', 'read'), SECURING).kind, 'reset');
});

dialing('is refused by TLS for a certificate, an alert, and an end without either', () => {
  for (const code of ['DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_TLS_CERT_ALTNAME_INVALID', 'EPROTO', 'ECONNRESET']) {
    const cause = causeOfFailedDial(systemError(code), SECURING);
    assert.is(cause.kind === 'refused' && cause.by, 'tls', code);
    assert.is(cause.kind === 'refused' && cause.code, code);
  }
});

dialing('names what TLS did not like where Node says EPROTO, and keeps that as evidence', () => {
  const words = {
    message: 'write EPROTO 80:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../a.c:350:',
  };
  const cause = causeOfFailedDial(systemError('EPROTO', 'write', words), SECURING);
  assert.is(cause.kind === 'refused' && cause.code, 'ERR_SSL_WRONG_VERSION_NUMBER');
  assert.match((cause as { message: string }).message, /^tls:\/\/chat\.example:7000 does not speak TLS on this port/);
  assert.equal(cause.evidence, { errno: 'EPROTO', syscall: 'write' });
});

dialing('names every address that was tried, and the most telling answer', () => {
  const failure = Object.assign(
    new AggregateError([
      systemError('ENETUNREACH', 'connect', { address: '::1', port: 7000 }),
      systemError('ECONNREFUSED', 'connect', { address: '127.0.0.1', port: 7000 }),
    ]),
    { code: 'ENETUNREACH' },
  );
  const cause = causeOfFailedDial(failure, HOST);
  assert.is(cause.kind, 'refused');
  assert.match((cause as { message: string }).message, /Tried: ::1 \(ENETUNREACH\), 127\.0\.0\.1 \(ECONNREFUSED\)\./);
  assert.equal(cause.evidence, { errno: 'ECONNREFUSED', syscall: 'connect' });
});

dialing('prefers a timeout to the lack of a route among several addresses', () => {
  const failure = new AggregateError([systemError('ENETUNREACH', 'connect'), systemError('ETIMEDOUT', 'connect')]);
  assert.is(causeOfFailedDial(failure, HOST).kind, 'timeout');
});

dialing.run();

const open = suite('the cause of the end of an open socket');
const QUIET = {
  failure: undefined,
  wasReset: false,
  isAborted: false,
  isSecure: false,
  address: '10.0.0.1:7000',
  silentMs: 1_234,
  evidence: { bytesRead: 5, bytesWritten: 7, lastHeardAt: 1_700_000_000_000 },
};

open('is finished when the kernel said nothing else', () => {
  assert.equal(causeOfClosedSocket(QUIET), { kind: 'finished', evidence: QUIET.evidence });
});

open('is a reset when the kernel knows no peer any more, though it reported an end', () => {
  assert.is(causeOfClosedSocket({ ...QUIET, wasReset: true }).kind, 'reset');
});

open('is destroyed when we aborted it', () => {
  assert.is(causeOfClosedSocket({ ...QUIET, isAborted: true }).kind, 'destroyed');
});

open('stays what the kernel said first, though we aborted afterwards', () => {
  const failure = systemError('ECONNRESET', 'read');
  assert.is(causeOfClosedSocket({ ...QUIET, failure, isAborted: true }).kind, 'reset');
});

for (const code of ['ECONNRESET', 'EPIPE', 'ECONNABORTED']) {
  open(`is a reset for ${code}, with all evidence`, () => {
    const cause = causeOfClosedSocket({ ...QUIET, failure: systemError(code, 'write') });
    assert.equal(cause, { kind: 'reset', evidence: { errno: code, syscall: 'write', ...QUIET.evidence } });
  });
}

open('is a timeout of the kernel for ETIMEDOUT, and says how long it was silent', () => {
  const cause = causeOfClosedSocket({ ...QUIET, failure: systemError('ETIMEDOUT', 'read') });
  assert.is(cause.kind === 'timeout' && cause.of, 'kernel');
  assert.is(cause.kind === 'timeout' && cause.silentFor, 1_234);
});

for (const code of ['EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN']) {
  open(`is unreachable for ${code}`, () => {
    const cause = causeOfClosedSocket({ ...QUIET, failure: systemError(code, 'read') });
    assert.is(cause.kind === 'unreachable' && cause.code, code);
  });
}

open('is refused by TLS for an alert after the handshake, and only on TLS', () => {
  const failure = systemError('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED');
  const cause = causeOfClosedSocket({ ...QUIET, failure, isSecure: true });
  assert.is(cause.kind === 'refused' && cause.by, 'tls');
  assert.is(causeOfClosedSocket({ ...QUIET, failure }).kind, 'lost');
});

open('is lost for an error that says nothing reliable, with its name kept', () => {
  const cause = causeOfClosedSocket({ ...QUIET, failure: systemError('ENOBUFS', 'write'), isSecure: true });
  assert.is(cause.kind, 'lost');
  assert.is(cause.evidence?.errno, 'ENOBUFS');
});

open.run();
