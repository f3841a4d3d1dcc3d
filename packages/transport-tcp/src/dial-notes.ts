/** What a dial that somebody else makes says of itself on the way: the name, the addresses that are tried. No property of a socket tells. */
import type { FailedDial, SystemError } from './close-cause-of-socket.ts';
import { formatHostPort } from './host-port.ts';

/** Node's errors of a dial that are not only the kernel's say more. */
interface DialError extends SystemError {
  readonly hostname?: string;
  readonly host?: string;
}

/** The notes of one dial. Its beginning is when they begin. */
export class DialNotes {
  readonly #startedAtMs: number = performance.now();
  #host: string | undefined;
  #lastTried: { readonly ip: string; readonly port: number } | undefined;
  #lookupError: Error | null = null;

  /** Why the name was not found; it may be an error of the program's own `lookup`. */
  get lookupError(): Error | null {
    return this.#lookupError;
  }

  /** As a person would write it; empty while nothing is known. */
  get address(): string {
    if (this.#lastTried === undefined) return this.#host ?? '';
    return formatHostPort(this.#host ?? this.#lastTried.ip, this.#lastTried.port);
  }

  lookedUp(host: string, error: Error | null): void {
    this.#host = host;
    this.#lookupError = error;
  }

  /** Another address is tried; returns it as a person would write it. */
  attempted(ip: string, port: number): string {
    this.#lastTried = { ip, port };
    return formatHostPort(ip, port);
  }

  /** The dial that failed with this error. `isSecure`: it was one for TLS. */
  failed(failure: Error, isSecure: boolean): FailedDial {
    const error: DialError = (failure as SystemError).errors?.[0] ?? failure;
    const elapsedMs = performance.now() - this.#startedAtMs;
    if (error.address !== undefined && error.port === undefined && error.syscall === 'connect') {
      return { kind: 'unix', address: `unix:${error.address}`, isSecuring: false, elapsedMs };
    }
    const kind = isSecure ? 'tls' : 'tcp';
    return { kind, address: this.#addressIn(error), isSecuring: isSecure, elapsedMs };
  }

  #addressIn({ host, hostname, address, port }: DialError): string {
    const name = this.#host ?? host ?? hostname ?? address;
    if (name === undefined || port === undefined) return this.address || (name ?? 'the peer');
    return formatHostPort(name, port);
  }
}
