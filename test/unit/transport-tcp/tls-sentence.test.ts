import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { tlsCode, tlsSentence } from '../../../packages/transport-tcp/src/tls-sentence.ts';

const sentences = suite('what TLS did not like');
const ADDRESS = 'tls://chat.example:7000';

function tlsError(code: string, message = 'what OpenSSL said', reason?: string): Error {
  return Object.assign(new Error(message), { code }, reason === undefined ? {} : { reason });
}

for (const [code, sentence] of [
  ['CERT_HAS_EXPIRED', /has expired/],
  ['CERT_NOT_YET_VALID', /not valid yet; is the clock/],
  ['CERT_REVOKED', /was revoked/],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', /signed its certificate itself; .* tls: { ca }/],
  ['SELF_SIGNED_CERT_IN_CHAIN', /nobody whom this machine trusts/],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /nobody whom this machine trusts/],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', /nobody whom this machine trusts/],
  ['ERR_TLS_CERT_ALTNAME_INVALID', /is for another name/],
  ['ERR_SSL_WRONG_VERSION_NUMBER', /does not speak TLS on this port/],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', /does not speak TLS on this port/],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', /wants a certificate of ours; .* tls: { cert, key }/],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', /no version of TLS that we speak/],
  ['ERR_SSL_UNSUPPORTED_PROTOCOL', /no version of TLS that we speak/],
  ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', /found no terms/],
  ['ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL', /ALPN/],
  ['ERR_SSL_TLSV1_UNRECOGNIZED_NAME', /does not serve the name/],
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', /does not accept the certificate that we gave/],
  ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', /does not accept the certificate that we gave/],
  ['ECONNRESET', /ended the connection in the TLS handshake/],
  ['ERR_SSL_BAD_SIGNATURE', /the TLS handshake with .* failed: what OpenSSL said/],
] as const) {
  sentences(`has a sentence for ${code}, with the address in it`, () => {
    const said = tlsSentence(tlsError(code), ADDRESS, false);
    assert.match(said, sentence);
    assert.is(said.split(ADDRESS).length, 2);
  });
}

sentences('names the names that a certificate is for', () => {
  const reason = "Host: a.example. is not in the cert's altnames: DNS:b.example";
  assert.match(tlsSentence(tlsError('ERR_TLS_CERT_ALTNAME_INVALID', 'x', reason), ADDRESS, false), /DNS:b\.example/);
});

sentences("keeps OpenSSL's words and not its file names", () => {
  const message = '803C67F7:error:0A00010B:SSL routines:ssl3_get_record:bad thing:../deps/ssl3_record.c:350:\n';
  assert.is(
    tlsSentence(tlsError('ERR_SSL_BAD_THING', message), ADDRESS, false),
    `the TLS handshake with ${ADDRESS} failed: bad thing`,
  );
  assert.is(
    tlsSentence(tlsError('ERR_SSL_BAD_THING', message), ADDRESS, true),
    `TLS ended the connection with ${ADDRESS}: bad thing`,
  );
  assert.match(
    tlsSentence(tlsError('ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'x', 'unknown ca'), ADDRESS, true),
    /\(unknown ca\)$/,
  );
});

sentences('knows what Node calls EPROTO, when a write waited for the handshake', () => {
  const message =
    'write EPROTO 80:error:0A00042E:SSL routines:ssl3_read_bytes:tlsv1 alert protocol version:../deps/rec.c:1601:\n';
  assert.is(tlsCode(tlsError('EPROTO', message)), 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
  assert.match(tlsSentence(tlsError('EPROTO', message), ADDRESS, false), /speaks no version of TLS that we speak/);
  assert.is(tlsCode(tlsError('EPROTO', 'no words of OpenSSL')), 'EPROTO');
  assert.is(tlsCode(tlsError('CERT_HAS_EXPIRED', message)), 'CERT_HAS_EXPIRED');
});

sentences('puts an address into it as it is', () => {
  assert.ok(tlsSentence(tlsError('CERT_HAS_EXPIRED'), 'wss://a/$&', false).includes('wss://a/$& '));
});

sentences.run();
