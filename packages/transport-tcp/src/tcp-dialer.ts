/**
 * Dialing: from a target to a link, or to the cause why there is none.
 *
 * There is no timer here. How long an attempt may take is the caller's decision, made through the signal; the kernel's own
 * limit on connecting (minutes) is reported when it comes.
 */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { CloseCause, Dialer, LinkInfo, LinkSink } from '@heartwire/core/transport';
import { causeOfFailedDial } from './close-cause-of-socket.ts';
import { linkInfoOf } from './link-info.ts';
import { callSink, SocketLink } from './socket-link.ts';
import { tune } from './tune-socket.ts';
import { parseTarget, type HostTarget, type TcpOptions, type TcpTarget } from './tcp-target.ts';

/**
 * Dial over TCP, TLS or a Unix socket.
 *
 * A string is `'host:port'`, `':port'` (on this machine), `'[::1]:port'`, `'tcp://host:port'`, `'tls://host:port'` or
 * `'unix:/path'`; options say more. A name with several addresses is tried on each until one answers (RFC 8305).
 * Over TLS the token `heartwire/1` is offered (ALPN). Throws `ERR_HW_OPTION` at once when the target makes no sense.
 */
export function tcp(target: string | TcpOptions): Dialer {
  const parsed = parseTarget(target);
  return {
    name: parsed.kind,
    address: parsed.address,
    dial: (sink, signal) => dial(parsed, sink, signal),
  };
}

function dial(target: TcpTarget, sink: LinkSink, signal: AbortSignal): void {
  if (signal.aborted) {
    closeSoon(sink, { kind: 'destroyed' });
    return;
  }
  let socket: Socket;
  try {
    socket = openSocket(target);
  } catch (error) {
    closeSoon(sink, causeOfFailedDial(error as Error, { ...target, isSecuring: false, elapsedMs: 0 }));
    return;
  }
  const startedAtMs = performance.now();
  let failure: Error | undefined;
  let isSecuring = false;

  const onConnect = (): void => {
    isSecuring = target.kind === 'tls';
    if (!isSecuring) onOpen();
  };
  const onOpen = (): void => {
    unwatch();
    const unusable = tune(socket, target.tuneSocket);
    if (unusable !== null) {
      socket.on('error', ignore).destroy();
      callSink(sink, (to) => to.closed(unusable));
      return;
    }
    const link = new SocketLink(socket, infoOf(target, socket), sink);
    link.open();
  };
  const onError = (error: Error): void => {
    failure ??= error;
    socket.destroy();
  };
  const onClose = (): void => {
    unwatch();
    // An error may still come after the close, for example from a name lookup that nobody waits for any more.
    socket.on('error', ignore);
    const cause: CloseCause =
      failure === undefined
        ? { kind: 'destroyed' }
        : causeOfFailedDial(failure, { ...target, isSecuring, elapsedMs: performance.now() - startedAtMs });
    callSink(sink, (to) => to.closed(cause));
  };
  const onAbort = (): void => {
    socket.destroy();
  };
  const unwatch = (): void => {
    signal.removeEventListener('abort', onAbort);
    socket.off('connect', onConnect).off('secureConnect', onOpen).off('error', onError).off('close', onClose);
  };

  signal.addEventListener('abort', onAbort, { once: true });
  socket.on('connect', onConnect).on('secureConnect', onOpen).on('error', onError).on('close', onClose);
}

function openSocket(target: TcpTarget): Socket {
  if (target.kind === 'unix') return connectTcp({ path: target.path, allowHalfOpen: true });
  const socket = target.kind === 'tls' ? openTls(target) : connectTcp({ ...hostOf(target), allowHalfOpen: true });
  socket.setNoDelay(target.noDelay);
  if (target.keepAliveMs !== null) socket.setKeepAlive(true, target.keepAliveMs);
  return socket;
}

function openTls(target: HostTarget): Socket {
  // Node sends no server name of its own accord, and an address must not be sent as one (RFC 6066 §3).
  const servername = isIP(target.host) === 0 ? { servername: target.host } : {};
  // Node's type for TLS does not list allowHalfOpen; its documentation does.
  const options = { ...servername, ...target.tls, ...hostOf(target), allowHalfOpen: true };
  return connectTls(options);
}

function hostOf(target: HostTarget): { host: string; port: number } {
  return { host: target.host, port: target.port };
}

function infoOf(target: TcpTarget, socket: Socket): LinkInfo {
  const info = linkInfoOf(target.kind, socket);
  return target.kind === 'unix' ? { ...info, address: target.path } : info;
}

function closeSoon(sink: LinkSink, cause: CloseCause): void {
  queueMicrotask(() => callSink(sink, (to) => to.closed(cause)));
}

function ignore(): void {}
