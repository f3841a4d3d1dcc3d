// '@heartwire/transport-tcp': TCP, TLS and Unix sockets. Node only.
export { tcp } from './tcp-dialer.ts';
export { tcpServer, type TcpServerOptions } from './tcp-listener.ts';
export type { TcpHostOptions, TcpOptions, TcpPathOptions } from './tcp-target.ts';
export type { TuneSocket } from './tune-socket.ts';
export { watchSocket } from './watch-socket.ts';
