/**
 * Type names are spelled out once per connection and direction; after that a number of one byte stands for them.
 *
 * A chat server that says `room/message` a million times sends the name once, and the receiver looks an index up instead of
 * decoding text. The tables live and die with one direction of one connection, so nothing has to be agreed on or resumed.
 * PROTOCOL.md §5, "type name".
 */
import { HeartwireError } from '../errors/heartwire-error.ts';
import { decodeText, encodeText } from './text.ts';
import { NUMBERED_NAMES_MAX } from './wire-limit.ts';

/** The sender's side: from name to number. */
export class OutgoingTypeNames {
  readonly #numbers = new Map<string, number>();

  /** The number to send, or 0 when the name has to be spelled out; that spelling gives it a number, while there are some. */
  numberOf(name: string): number {
    const number = this.#numbers.get(name);
    if (number !== undefined) return number;
    // Half a surrogate pair has no UTF-8: it leaves as U+FFFD, so two such names can be the same on the wire.
    const onWire = decodeText(encodeText(name));
    if (onWire !== name) return this.numberOf(onWire);
    if (this.#numbers.size < NUMBERED_NAMES_MAX) this.#numbers.set(name, this.#numbers.size + 1);
    return 0;
  }
}

/** The receiver's side: from number to name. */
export class IncomingTypeNames {
  readonly #names: string[] = [];

  /** A name was spelled out. */
  add(name: string): void {
    if (this.#names.includes(name)) throw malformed(`the type name "${name}" was spelled out although it has a number`);
    if (this.#names.length < NUMBERED_NAMES_MAX) this.#names.push(name);
  }

  nameOf(number: number): string {
    const name = this.#names[number - 1];
    if (name === undefined) throw malformed(`type name number ${number} was never spelled out`);
    return name;
  }
}

function malformed(detail: string): HeartwireError {
  return new HeartwireError('ERR_HW_MALFORMED_FRAME', { by: 'remote', detail });
}
