/**
 * What one session writes at the end of a turn, and in which order: what the connection owes, what the peer has to know of its own messages, volatile values, messages,
 * and the goodbye behind everything. PROTOCOL.md §8, §12, §20.
 */
import type { Connection } from '../connection/connection.ts';
import type { FrameWriter } from '../wire/frame-writer.ts';
import type { AckBlock } from '../wire/frame.ts';
import type { Acknowledgements } from './acknowledgements.ts';
import type { Departure } from './departure.ts';
import type { Farewell } from './farewell.ts';
import type { Intake } from './intake.ts';
import type { Sender } from './sender.ts';
import type { VolatileChannel } from './volatile-channel.ts';

export interface TurnParts {
  readonly sender: Sender;
  readonly intake: Intake;
  readonly volatile: VolatileChannel;
  readonly farewell: Farewell;
  readonly departure: Departure;
}

/** One write holds at most this much, so that a long queue does not become one huge buffer. */
const WRITE_MAX_BYTES = 65_536;
/** Volatile values go first, but while messages wait they take no more than this of one write: a flood of them never stops the messages. */
const VOLATILE_SHARE_BYTES = 32_768;

export class OutgoingTurn {
  readonly #parts: TurnParts;
  /** Refusals of the peer that were read on this connection and not acknowledged. */
  #refusalsRead = 0;

  /** The ack block that rides on the next frame of the sender; one function for all writes, because they are many. */
  readonly #takeAck = (nowMs: number): AckBlock | null => {
    const acks = this.#acks;
    return acks.isBehind ? acks.takeBlock(nowMs) : null;
  };

  constructor(parts: TurnParts) {
    this.#parts = parts;
  }

  /** Another connection: what was read on the last one counts for nothing here. */
  restart(): void {
    this.#refusalsRead = 0;
  }

  /** So many refusals of the peer have been read. */
  readRefusals(count: number): void {
    this.#refusalsRead += count;
  }

  /** Whether there would be more to write, apart from what time brings. */
  get hasMore(): boolean {
    return this.#parts.sender.isReady || !this.#parts.volatile.isIdle;
  }

  write(connection: Connection, nowMs: number): void {
    const { sender, volatile, farewell, departure } = this.#parts;
    const { writer } = connection;
    const acks = this.#acks;
    const isEnding = farewell.isUnderWay;
    // A goodbye in either direction is no place for an acknowledgement that is held back.
    if (isEnding && (this.#isGoodbyeDue || farewell.isGoodbyeAckDue(acks.settled))) acks.ask();
    connection.writeControl(nowMs);
    departure.write(writer);
    while (acks.hasDetail) {
      const { ack, detail } = acks.takeDetailed(nowMs, connection.peer!.frameMaxBytes);
      writer.ack(ack, detail);
    }
    if (this.#refusalsRead > 0) writer.refusalAck(this.#refusalsRead);
    this.#refusalsRead = 0;
    if (!volatile.isIdle)
      volatile.write(writer, sender.isReady ? VOLATILE_SHARE_BYTES : WRITE_MAX_BYTES, this.#takeAck, nowMs);
    sender.write(writer, WRITE_MAX_BYTES, this.#takeAck, nowMs);
    if (acks.isDue(nowMs)) writer.ack(acks.takeBlock(nowMs), null, acks.takePartial());
    if (isEnding) this.#writeFarewell(writer);
  }

  #writeFarewell(writer: FrameWriter): void {
    const { sender, farewell } = this.#parts;
    if (farewell.isGoodbyeAckDue(this.#acks.settled)) farewell.writeGoodbyeAck(writer);
    if (this.#isGoodbyeDue) farewell.writeGoodbye(writer, sender.lastId);
  }

  get #isGoodbyeDue(): boolean {
    const { sender, intake, volatile, farewell } = this.#parts;
    const isIdle = sender.isIdle && volatile.isIdle;
    return farewell.isGoodbyeDue(isIdle && intake.receiver.inbox.unanswered === 0);
  }

  get #acks(): Acknowledgements {
    return this.#parts.intake.receiver.acks;
  }
}
