// The subpath '@heartwire/core/engine': the machines themselves, without promises, timers or streams, for those who bring their own
// event loop and for tests in virtual time. Unstable: it may change in any release.
export { Connection, type ConnectionOptions } from './connection/connection.ts';
export type { ConnectionEvent } from './connection/connection-event.ts';
export type { Announcement } from './connection/handshake.ts';
export { HEARTBEAT_PRESETS, type Heartbeat } from './connection/heartbeat-preset.ts';
export { Session } from './session/session.ts';
export type { SessionOptions } from './session/session-options.ts';
export type { Verdict } from './session/verdict.ts';
export type { SessionMachineEvent } from './session/session-event.ts';
export type { OutgoingVolatile } from './session/volatile-outbox.ts';
export type { IncomingVolatile } from './session/volatile-inbox.ts';
export { OutgoingMessage } from './session/outgoing-message.ts';
export { IncomingMessage } from './session/incoming-message.ts';
export { FrameReader } from './wire/frame-reader.ts';
export { FrameSplitter } from './wire/frame-splitter.ts';
export { FrameWriter } from './wire/frame-writer.ts';
export { FrameType, frameName } from './wire/frame-type.ts';
export type { Frame } from './wire/frame.ts';
