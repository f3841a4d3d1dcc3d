// The subpath '@heartwire/transport-tcp/socket': what Node's sockets hide, told once for all transports of this project that run over
// them. Unstable: it may change in any release.
export { causeOfClosedSocket, causeOfFailedDial, type ClosedSocket, type FailedDial } from './close-cause-of-socket.ts';
export { dialableHost, formatHostPort } from './host-port.ts';
export { wasReset } from './hidden-reset.ts';
export { linkInfoOf } from './link-info.ts';
export { listenError } from './listen-error.ts';
export { resetSocket } from './reset-socket.ts';
export { guardSocket } from './socket-guard.ts';
export { tune, type TuneSocket } from './tune-socket.ts';
export { readTlsOptions } from './tls-options.ts';
