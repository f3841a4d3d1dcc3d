/** TLS says no: which check failed, in a sentence that a person can act on. */
import { authority, expired, future, issued, otherName } from '../../support/tls/authority.ts';
import { certificate } from '../../support/tls/localhost.ts';
import type { SpokenTls } from '../programs/word.ts';
import type { Expected, Situation } from '../stage/situation.ts';
import { SECURE } from './expectations.ts';

interface Refusal {
  readonly name: string;
  readonly title: string;
  /** What the server has, and what we have. */
  readonly server: SpokenTls;
  readonly client?: SpokenTls;
  /** The error's name, and the sentence. */
  readonly code: string;
  readonly sentence: RegExp;
}

const CHECKS: readonly Refusal[] = [
  {
    name: 'certificate-expired',
    title: 'The certificate of the server has expired',
    server: { cert: expired.toString() },
    code: 'CERT_HAS_EXPIRED',
    sentence: /^the certificate of .*PORT.* has expired; it has to be renewed/,
  },
  {
    name: 'certificate-not-yet-valid',
    title: 'The certificate of the server is not valid yet',
    server: { cert: future.toString() },
    code: 'CERT_NOT_YET_VALID',
    sentence: /is not valid yet; is the clock of this machine right\?$/,
  },
  {
    name: 'certificate-self-signed',
    title: 'The server has signed its certificate itself, and we do not trust it',
    server: { cert: certificate.toString() },
    code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    sentence: /has signed its certificate itself; .*tls: \{ ca \}$/,
  },
  {
    name: 'certificate-of-unknown-authority',
    title: 'An authority that we do not trust has signed the certificate of the server',
    server: { cert: issued.toString() },
    client: { ca: certificate.toString() },
    code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    sentence: /^nobody whom this machine trusts has signed .*tls: \{ ca \}/,
  },
  {
    name: 'certificate-for-another-name',
    title: 'The certificate of the server is for another name',
    server: { cert: otherName.toString() },
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    sentence: /is for another name; .*DNS:chat\.example$/,
  },
  {
    name: 'no-common-tls-version',
    title: 'The server speaks TLS 1.3 only, and we speak TLS 1.2 only',
    server: { cert: issued.toString(), minVersion: 'TLSv1.3' },
    client: { maxVersion: 'TLSv1.2' },
    code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
    sentence: /speaks no version of TLS that we speak; .*minVersion/,
  },
  {
    name: 'no-common-alpn',
    title: 'The server speaks TLS for other protocols only (ALPN)',
    server: { cert: issued.toString(), ALPNProtocols: ['mqtt'] },
    client: { ALPNProtocols: ['heartwire/1'] },
    code: 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL',
    sentence: /only for other protocols \(ALPN\)/,
  },
  {
    name: 'client-certificate-demanded-1.2',
    title: 'The server wants a certificate of ours, in TLS 1.2',
    server: { cert: issued.toString(), ...demanding(), maxVersion: 'TLSv1.2' },
    code: 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
    sentence: /it may want a certificate of ours \(tls: \{ cert, key \}\)/,
  },
];

function demanding(): SpokenTls {
  return { requestCert: true, rejectUnauthorized: true, ca: authority.toString() };
}

function situationOf({ name, title, server, client, code, sentence }: Refusal): Situation {
  return {
    name,
    title,
    transports: SECURE,
    place: 'loopback',
    listen: { tls: server },
    happen: async (stage) => {
      stage.mark();
      await stage.dial({ tls: { ca: authority.toString(), ...client } });
    },
    expected: { states: ['dialing', 'closed'], cause: `refused by tls (${code})`, sentence },
  };
}

const DEMANDED = 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED';

export const TLS_REFUSALS: readonly Situation[] = [
  ...CHECKS.map(situationOf),
  {
    name: 'client-certificate-demanded',
    title: 'The server wants a certificate of ours, in TLS 1.3: it says so when we believe the connection open',
    transports: SECURE,
    place: 'loopback',
    listen: { tls: { cert: issued.toString(), ...demanding() } },
    happen: async (stage) => {
      stage.mark();
      await stage.dial({ tls: { ca: authority.toString() } });
    },
    // Under a WebSocket the alert comes before the answer to the upgrade.
    expected: (transport): Expected => ({
      states: transport === 'tls' ? ['dialing', 'open', 'closed'] : ['dialing', 'closed'],
      cause: `refused by tls (${DEMANDED})`,
      evidence: { errno: DEMANDED },
      sentence: /wants a certificate of ours; give it one with tls: \{ cert, key \}/,
    }),
  },
  {
    name: 'no-tls',
    title: 'The server does not speak TLS',
    transports: SECURE,
    place: 'loopback',
    listen: { as: { answers: 'http', bare: true, status: 400, headers: {}, body: '' } },
    happen: async (stage) => {
      stage.mark();
      await stage.dial();
    },
    expected: {
      states: ['dialing', 'closed'],
      cause: 'refused by tls (ERR_SSL_WRONG_VERSION_NUMBER)',
      sentence: /does not speak TLS on this port/,
    },
  },
];
