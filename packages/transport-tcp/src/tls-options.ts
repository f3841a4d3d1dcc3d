/**
 * TLS options of Node, looked at when they are given: a certificate that is broken or a number that is none is a mistake of the caller, and not a failed connection later.
 */
import { createSecureContext, type ConnectionOptions } from 'node:tls';
import { optionError } from './option-error.ts';

/** The same, with the certificates read. Throws `ERR_HW_OPTION`. */
export function readTlsOptions(options: ConnectionOptions): ConnectionOptions {
  try {
    checkLater(options);
    return { ...options, secureContext: options.secureContext ?? createSecureContext(options) };
  } catch (error) {
    throw optionError(`the TLS options cannot be used: ${(error as Error).message}`, error);
  }
}

/** What Node itself looks at when it dials. */
function checkLater({ timeout, ALPNProtocols: protocols }: ConnectionOptions): void {
  if (timeout !== undefined && !(Number.isFinite(timeout) && timeout >= 0))
    throw new TypeError(`timeout is ${String(timeout)}; write milliseconds`);
  const isList = Array.isArray(protocols) && protocols.every((protocol) => typeof protocol === 'string');
  if (protocols !== undefined && !isList && !(protocols instanceof Uint8Array))
    throw new TypeError('ALPNProtocols is no list of names');
}
