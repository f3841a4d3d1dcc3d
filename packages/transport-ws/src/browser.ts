// '@heartwire/transport-ws' where the platform has a WebSocket of its own: browsers, workers, Deno. Dial only.
export { ws, type WsOptions } from './browser-dialer.ts';
export type { WsUrl } from './web-socket-dialer.ts';
