/** What `events$` of a session tells: types only. */
import type { DeliveryError, FailedOutcome } from '../errors/delivery-error.ts';
import type { VolatileDropReason } from '../session/volatile-drops.ts';
import type { LinkDegradation } from '../transport/transport.ts';

/** Something worth knowing that no stream of states tells. */
export type SessionEvent =
  /** A message whose outcome was `unknown` has one after all: a proof came late. `id` is its sequence id. */
  | {
      readonly type: 'resolved';
      readonly message: string;
      readonly id: number;
      readonly outcome: 'handled' | FailedOutcome;
    }
  /** The session goes on over another connection; nothing was lost. */
  | { readonly type: 'resumed' }
  /**
   * Client: the peer is *suspect* and did not answer a probe, so a second connection is being made, as attempt number `attempt`; until it stands the first one stays in use. Whichever speaks
   * first is used: then `liveness$` is *alive* again, with or without the event `resumed`. Source: PROTOCOL.md §23.
   */
  | { readonly type: 'racing'; readonly attempt: number }
  /** The peer's application stands still, and the machinery of its transport answers: see `liveness$.value.status`. It is over when `liveness$` says so. */
  | { readonly type: 'stalled' }
  /**
   * The peer's application does not get its work done: see `liveness$.value.backlogged`. `undecided`: how many messages of ours wait for their fate. It is over when
   * `liveness$` says so.
   */
  | { readonly type: 'backlogged'; readonly undecided: number }
  /** One direction has ended. `local`: after our `end()`, everything that we ever sent is settled. `peer`: it will send nothing more. */
  | { readonly type: 'half-closed'; readonly by: 'local' | 'peer' }
  /**
   * The server will end this session within so many milliseconds, and asks us to come again, not before `reconnectAfter` ms from then. What is under way is finished; what is
   * sent from now on waits for the new session, which takes the place of this one under the same object.
   */
  | { readonly type: 'going-away'; readonly reason: string; readonly within: number; readonly reconnectAfter: number }
  /**
   * The session could not be resumed, and a new one has taken its place: its ids begin at 1 again. `sent`: the first and the last id of ours that are in
   * doubt, null for none; each delivery says its own outcome. `received`: everything of the peer up to this id is here, and nothing after it will come.
   */
  | {
      readonly type: 'gap';
      readonly sent: { readonly from: number; readonly to: number } | null;
      readonly received: number;
    }
  /** A message of the type `message` was not handled. Told for each one, whether somebody awaits its delivery or not. */
  | { readonly type: 'undelivered'; readonly message: string; readonly error: DeliveryError }
  /** A handler of ours for the type `message` threw `error`, which is no Refusal: the peer learns that it failed, and nothing else. */
  | { readonly type: 'handler-failed'; readonly message: string; readonly error: unknown }
  /** On this platform the transport cannot keep a promise; told once per session for each. `message` says what that means. */
  | ({ readonly type: 'degraded' } & LinkDegradation)
  /**
   * Volatile values were dropped, `dropped` of them since the last such event for the same {@link VolatileDropReason}. Told at most once a second; a value that a
   * newer one of its key replaced is not among them.
   */
  | { readonly type: 'limit'; readonly of: 'volatile'; readonly reason: VolatileDropReason; readonly dropped: number };
