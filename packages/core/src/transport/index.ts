// The public subpath '@heartwire/core/transport': what a transport package needs, and nothing else.
export type { CloseCause, CloseEvidence } from '../errors/close-cause.ts';
export type { ConnectionState } from './connection-state.ts';
export type { Dialer, Link, LinkDegradation, LinkInfo, LinkSink, Listener, Listening } from './transport.ts';
export { HeartwireError } from '../errors/heartwire-error.ts';
export type { ErrorCode } from '../errors/error-code.ts';
export { StateSource, type StateStream } from '../state-stream.ts';
