// '@heartwire/transport-ws' on Node: dial and listen.
export { ws, type WsOptions } from './node-dialer.ts';
export { wsServer, type WsServerOptions } from './ws-server.ts';
export type { WsUrl } from './web-socket-dialer.ts';
