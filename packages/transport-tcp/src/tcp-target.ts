/**
 * Where to dial: the text and the options that people write, read once and checked at once.
 *
 * There is no default port, so a missing port is a mistake and not a guess. The sentences of the errors show a right one.
 */
import type { ConnectionOptions } from 'node:tls';
import type { HeartwireError } from '@heartwire/core/transport';
import { formatHostPort } from './host-port.ts';
import { optionError } from './option-error.ts';
import { readTlsOptions } from './tls-options.ts';
import type { TuneSocket } from './tune-socket.ts';

/** Dial a host, with or without TLS. */
export interface TcpHostOptions {
  /** A name or an address. Default: `'localhost'`. */
  readonly host?: string;
  /** 1 to 65535. */
  readonly port: number;
  /** `true` for TLS with the certificates that this machine trusts, or TLS options of Node. Default: no TLS. */
  readonly tls?: boolean | ConnectionOptions;
  /** Send small writes at once instead of waiting for more (TCP_NODELAY). Default: true. */
  readonly noDelay?: boolean;
  /**
   * Let the kernel probe an idle connection, first after so many milliseconds (whole seconds are used). Default: 15,000; `true`
   * means the default, `false` means never. It only keeps middleboxes awake: heartbeats, not this, find dead peers.
   */
  readonly keepAlive?: boolean | number;
  /** For what Node has no option for. See {@link TuneSocket}. */
  readonly tuneSocket?: TuneSocket;
}

/** Dial a Unix socket (on Windows: a named pipe). Its file permissions say who may connect; there is no TLS on it. */
export interface TcpPathOptions {
  readonly path: string;
  /** As in {@link TcpHostOptions}. */
  readonly tuneSocket?: TuneSocket;
}

/** What `tcp()` accepts besides a string. */
export type TcpOptions = TcpHostOptions | TcpPathOptions;

/** A host target with everything decided. */
export interface HostTarget {
  readonly kind: 'tcp' | 'tls';
  readonly address: string;
  readonly host: string;
  readonly port: number;
  readonly tls?: ConnectionOptions;
  readonly noDelay: boolean;
  readonly keepAliveMs: number | null;
  readonly tuneSocket?: TuneSocket | undefined;
}

/** A path target. */
export interface PathTarget {
  readonly kind: 'unix';
  readonly address: string;
  readonly path: string;
  readonly tuneSocket?: TuneSocket | undefined;
}

/** Where to dial, with everything decided. */
export type TcpTarget = HostTarget | PathTarget;

/** TLS ALPN token (PROTOCOL.md). */
export const ALPN: string = 'heartwire/1';

const KEEP_ALIVE_MS = 15_000;

/** Read a target. Throws `ERR_HW_OPTION` when it makes no sense. */
export function parseTarget(target: string | TcpOptions): TcpTarget {
  if (typeof target === 'string') return parseText(target);
  if (typeof target !== 'object' || target === null) {
    throw optionError(`${String(target)} is no target; write 'localhost:7000' or { host: 'localhost', port: 7000 }`);
  }
  return 'path' in target ? pathTarget(target.path, target.tuneSocket) : hostTarget(target);
}

/** What `keepAlive` says, as milliseconds; null when off. Throws `ERR_HW_OPTION`. */
export function keepAliveMsOf(option: boolean | number | undefined): number | null {
  if (option === false) return null;
  if (option === undefined || option === true) return KEEP_ALIVE_MS;
  if (Number.isFinite(option) && option > 0) return option;
  throw optionError(`keepAlive is ${option}; write milliseconds above 0, or false`);
}

function parseText(text: string): TcpTarget {
  if (text.startsWith('unix:')) return pathTarget(text.slice('unix:'.length).replace(/^\/\/(?=\/)/, ''));
  const [, scheme, rest] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*)$/is.exec(text) as unknown as [string, string?, string?];
  const kind = (scheme ?? 'tcp').toLowerCase();
  if (/^(wss?|https?)$/.test(kind)) {
    throw optionError(`'${text}' is a WebSocket address; use ws('${text}') of @heartwire/transport-ws`);
  }
  if (kind !== 'tcp' && kind !== 'tls') throw malformed(text, `'${kind}:' is not known here`);
  const { host, port } = parseHostPort(text, (rest ?? '').replace(/\/$/, ''));
  return hostTarget({ host, port, tls: kind === 'tls' });
}

function parseHostPort(text: string, hostPort: string): { host: string; port: number } {
  const match = /^(?:\[([^\]\s]+)\]|([^:[\]/?#@\s]*)):(\d+)$/.exec(hostPort);
  if (match === null) throw malformed(text, faultOf(hostPort));
  return { host: match[1] ?? (match[2] || 'localhost'), port: Number(match[3]) };
}

function faultOf(hostPort: string): string {
  if (/^\d+$/.test(hostPort)) return 'a port alone needs a colon before it';
  if ((hostPort.match(/:/g) ?? []).length > 1 && !hostPort.startsWith('[')) return 'an IPv6 address needs brackets';
  if (/[/?#@]/.test(hostPort)) return 'there is more in it than a host and a port';
  return 'it has no port';
}

function malformed(text: string, fault: string): HeartwireError {
  return optionError(
    `'${text}' is no address, ${fault}; write 'localhost:7000', '[::1]:7000', 'tls://chat.example:7000' or 'unix:/run/chat.sock'`,
  );
}

function pathTarget(path: string, tuneSocket?: TuneSocket): PathTarget {
  if (typeof path !== 'string' || path === '') {
    throw optionError(
      `the path of the Unix socket is empty; write 'unix:/run/chat.sock' or { path: '/run/chat.sock' }`,
    );
  }
  return { kind: 'unix', address: `unix:${path}`, path, tuneSocket };
}

function hostTarget(options: TcpHostOptions): HostTarget {
  const host = options.host ?? 'localhost';
  if (typeof host !== 'string' || host === '' || /[\s/?#@[\]]/.test(host)) {
    throw optionError(`host is '${host}'; write a name or an address alone, such as 'localhost' or '::1'`);
  }
  if (!Number.isInteger(options.port) || options.port < 1 || options.port > 65_535) {
    throw optionError(`port is ${options.port}; write a whole number from 1 to 65535`);
  }
  const kind = options.tls === undefined || options.tls === false ? 'tcp' : 'tls';
  const target = {
    kind,
    address: `${kind}://${formatHostPort(host, options.port)}`,
    host,
    port: options.port,
    noDelay: options.noDelay ?? true,
    keepAliveMs: keepAliveMsOf(options.keepAlive),
    tuneSocket: options.tuneSocket,
  } as const;
  return kind === 'tcp'
    ? target
    : {
        ...target,
        tls: readTlsOptions({
          ALPNProtocols: [ALPN],
          ...(options.tls === true ? {} : (options.tls as ConnectionOptions)),
        }),
      };
}
