// The public surface of @heartwire/core. What is not here is nobody's business but ours.
export { connect, type ConnectOptions } from './runtime/connect.ts';
export type { ReconnectOptions } from './runtime/reconnect-policy.ts';
export { serve } from './runtime/serve.ts';
export type {
  DrainOptions,
  DrainReport,
  ServeOptions,
  Server,
  ServerEvent,
  ServerSession,
} from './runtime/server-api.ts';
export type { ServerStats } from './runtime/server-stats.ts';
export type { ResumeLimit, ResumeOptions } from './runtime/resume-options.ts';
export type { TombstoneOptions } from './runtime/tombstones.ts';
export type {
  Audience,
  Broadcast,
  BroadcastOptions,
  BroadcastProgress,
  BroadcastReport,
  Group,
  RecipientOutcome,
} from './runtime/audience-api.ts';
export type {
  AnyMessage,
  AnyPendingMessage,
  AnySession,
  CloseOptions,
  CloseReport,
  HandleOptions,
  Handler,
  HandlerContext,
  Liveness,
  Message,
  PendingMessage,
  PingOptions,
  RequestOptions,
  SendOptions,
  Session,
  SessionState,
  VolatileOptions,
} from './runtime/session-api.ts';
export type { SessionEvent } from './runtime/session-event-api.ts';
export type { Delivery, DeliveryState, Receipt } from './runtime/delivery.ts';
export type { AnyContract, Argument, Contract, MessageKey, Reply, RequestKey } from './runtime/contract.ts';
export type { CommonOptions } from './runtime/options.ts';
export type { HeartbeatOptions } from './runtime/heartbeat-options.ts';
export type { LimitOptions } from './runtime/limits.ts';
export type { HeartbeatPreset } from './connection/heartbeat-preset.ts';
export { systemClock, type Clock } from './runtime/clock.ts';
export { describeCause } from './runtime/cause-error.ts';
export { msgpackCodec } from './wire/msgpack-codec.ts';
export type { Codec } from './wire/codec.ts';
export { ERROR_CODES, type ErrorCode } from './errors/error-code.ts';
export { HeartwireError, type ErrorOrigin } from './errors/heartwire-error.ts';
export { DeliveryError, type DeliveryStage, type FailedOutcome, type RefusalInfo } from './errors/delivery-error.ts';
export { Refusal } from './errors/refusal.ts';
export type { VolatileDropReason } from './session/volatile-drops.ts';
export type { CloseCause, CloseEvidence } from './errors/close-cause.ts';
export type { StateStream } from './state-stream.ts';
export type { ConnectionState } from './transport/connection-state.ts';
export type { Dialer, Link, LinkDegradation, LinkInfo, LinkSink, Listener, Listening } from './transport/transport.ts';
