/** Turns connections away before they cost anything: a constant answer, no machine, no reading. */
import { encodeReject } from '../connection/handshake.ts';
import type { Link, LinkSink } from '../transport/transport.ts';
import { FrameType } from '../wire/frame-type.ts';
import { FrameWriter } from '../wire/frame-writer.ts';
import type { Clock } from './clock.ts';
import { OutgoingLink } from './outgoing-link.ts';

export type TurnAwayCode = 'ERR_HW_BUSY' | 'ERR_HW_SHUTTING_DOWN';

/** So many may still be reading their answer; beyond that, connections are dropped without one. */
const LINGERING_MAX = 256;
const RETRY_AFTER_MS = 1000;

export class Turnstile {
  readonly #clock: Clock;
  readonly #onEmpty: () => void;
  #lingering = 0;
  /** How many it has turned away, since it began. */
  turnedAway: number = 0;

  constructor(clock: Clock, onEmpty: () => void) {
    this.#clock = clock;
    this.#onEmpty = onEmpty;
  }

  get isEmpty(): boolean {
    return this.#lingering === 0;
  }

  /** A sink for one connection that is not wanted, with the reason that its client is told. */
  turnAway(code: TurnAwayCode): LinkSink {
    let outgoing: OutgoingLink | null = null;
    this.#lingering += 1;
    this.turnedAway += 1;
    return {
      open: (link: Link) => {
        outgoing = new OutgoingLink(link, this.#clock);
        if (this.#lingering > LINGERING_MAX) return outgoing.abort();
        outgoing.write(rejection(code));
        outgoing.end();
      },
      bytes() {},
      drained() {},
      readEnded() {},
      closed: () => {
        outgoing?.gone();
        this.#lingering -= 1;
        if (this.isEmpty) this.#onEmpty();
      },
    };
  }
}

function rejection(code: TurnAwayCode): Uint8Array {
  const writer = new FrameWriter();
  const message = code === 'ERR_HW_BUSY' ? 'too many connections are shaking hands' : 'the server is shutting down';
  writer.preface();
  writer.handshake(FrameType.REJECT, encodeReject({ code, message, retryAfterMs: RETRY_AFTER_MS, tombstone: null }));
  return writer.take()!;
}
