/**
 * What TLS did not like, as a sentence that a person can act on.
 *
 * Three kinds of names come from Node: what OpenSSL's check of the peer's certificate found (`CERT_HAS_EXPIRED`), Node's own check of the
 * name (`ERR_TLS_CERT_ALTNAME_INVALID`), and `ERR_SSL_…` for what the machinery of TLS met: on our side, or, with `ALERT` in it, on the peer's.
 * Which alert a server sends is its own choice, and one of them, handshake failure, says hardly anything. When a write waits for the handshake,
 * as it does under a WebSocket, Node calls all of the latter `EPROTO`, and only OpenSSL's words in its message tell them apart.
 */

/** The parts of an error of TLS that are read. */
export interface TlsError extends Error {
  readonly code?: string;
  /** OpenSSL's own words, or which names the certificate is for. */
  readonly reason?: string;
}

const SENTENCES: readonly (readonly [codes: RegExp, sentence: string])[] = [
  [
    /^CERT_HAS_EXPIRED$/,
    'the certificate of @ has expired; it has to be renewed there, unless the clock of this machine is wrong',
  ],
  [/^CERT_NOT_YET_VALID$/, 'the certificate of @ is not valid yet; is the clock of this machine right?'],
  [/^CERT_REVOKED$/, 'the certificate of @ was revoked; it has to be replaced there'],
  [
    /^DEPTH_ZERO_SELF_SIGNED_CERT$/,
    '@ has signed its certificate itself; if that is how it should be, trust this certificate with tls: { ca }',
  ],
  [
    /^(SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?|CERT_UNTRUSTED)$/,
    'nobody whom this machine trusts has signed the certificate of @; trust its authority with tls: { ca }, or let the server send the certificates in between',
  ],
  [
    /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|RECORD_LAYER_FAILURE|HTTP_REQUEST|UNKNOWN_PROTOCOL)$/,
    '@ does not speak TLS on this port; is TLS on another port, or is this one meant without?',
  ],
  [/ALERT_CERTIFICATE_REQUIRED$/, '@ wants a certificate of ours; give it one with tls: { cert, key }'],
  [
    /ALERT_(PROTOCOL_VERSION|INSUFFICIENT_SECURITY)$|^ERR_SSL_(UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW|NO_PROTOCOLS_AVAILABLE)$/,
    '@ speaks no version of TLS that we speak; look at minVersion and maxVersion on both sides',
  ],
  [
    /ALERT_HANDSHAKE_FAILURE$/,
    '@ found no terms for TLS; it may want a certificate of ours (tls: { cert, key }), or other ciphers, or have no certificate itself',
  ],
  [/NO_APPLICATION_PROTOCOL$/, '@ speaks TLS, but only for other protocols (ALPN); is it a heartwire server?'],
  [/UNRECOGNIZED_NAME$/, '@ does not serve the name that we asked for; is tls: { servername } right?'],
  [
    /ALERT_(BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_(EXPIRED|REVOKED|UNKNOWN)|UNKNOWN_CA|ACCESS_DENIED)$/,
    '@ does not accept the certificate that we gave',
  ],
];

/** The name of what TLS did not like: also where Node says only `EPROTO`. */
export function tlsCode(error: TlsError): string {
  const { code } = error;
  if (code !== undefined && code !== 'EPROTO') return code;
  const words = opensslWords(error);
  return words === undefined ? (code ?? 'UNKNOWN') : `ERR_SSL_${words.replaceAll(/\W+/g, '_').toUpperCase()}`;
}

/** Why the handshake with `address` failed, or why TLS ended an open connection with it. */
export function tlsSentence(error: TlsError, address: string, isOpen: boolean): string {
  const code = tlsCode(error);
  // A function, because `$` means something in a text that replaces.
  const known = SENTENCES.find(([codes]) => codes.test(code))?.[1].replace('@', () => address);
  const words = ownWords(error);
  if (known !== undefined) return code.includes('ALERT') ? `${known} (${words})` : known;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `the certificate of ${address} is for another name; is the address right, or tls: { servername }? ${words}`;
  }
  if (!isOpen && (code === 'ECONNRESET' || code === 'EPIPE' || code === 'ECONNABORTED')) {
    return `${address} ended the connection in the TLS handshake; does it speak TLS on this port?`;
  }
  return isOpen
    ? `TLS ended the connection with ${address}: ${words}`
    : `the TLS handshake with ${address} failed: ${words}`;
}

function ownWords(error: TlsError): string {
  return error.reason ?? opensslWords(error) ?? error.message;
}

/** OpenSSL's messages are `thread:error:number:library:function:words:file:line:`. */
function opensslWords(error: TlsError): string | undefined {
  return /:error:[0-9A-F]+:[^:]*:[^:]*:([^:]+):/.exec(error.message)?.[1];
}
