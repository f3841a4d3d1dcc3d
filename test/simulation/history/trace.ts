/**
 * What a run did, as a hash that is always there and as lines for people that are made only when somebody wants to read them.
 *
 * Session ids are drawn from the platform's own randomness, so they are counted here instead: the same seed gives the same trace.
 */
import type { Clock } from '@heartwire/core';
import type { Happening } from './history.ts';

export interface TraceOptions {
  /** Called with each line; without it no line is made. */
  readonly print?: (line: string) => void;
}

const HEX_ID = /[0-9a-f]{32,}/g;

export class Trace {
  readonly #clock: Clock;
  readonly #print: ((line: string) => void) | null;
  readonly #ids = new Map<string, string>();
  #hash = 0x811c9dc5;

  constructor(clock: Clock, { print }: TraceOptions = {}) {
    this.#clock = clock;
    this.#print = print ?? null;
  }

  get isRead(): boolean {
    return this.#print !== null;
  }

  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }

  /** A fact of the run, in numbers and short words. */
  fact(...facts: readonly unknown[]): void {
    this.#mix(this.#clock.now());
    for (const fact of facts) {
      if (typeof fact === 'number') this.#mix(fact);
      else this.#mixText(typeof fact === 'string' ? fact : JSON.stringify(fact ?? null));
    }
  }

  happened(happening: Happening): void {
    this.fact(...Object.values(happening));
    if (this.#print === null) return;
    const { type, ...rest } = happening;
    const details = Object.entries(rest).map(
      ([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
    );
    this.line('app', `${type} ${details.join(', ')}`);
  }

  /** A line for people; it is no part of the hash. */
  line(who: string, what: string): void {
    if (this.#print === null) return;
    const time = this.#clock.now().toFixed(1).padStart(9);
    this.#print(`${time}  ${who.padEnd(10)} ${what.replace(HEX_ID, (id) => this.#nameOf(id))}`);
  }

  #nameOf(id: string): string {
    const name = this.#ids.get(id) ?? `S${this.#ids.size + 1}`;
    this.#ids.set(id, name);
    return name;
  }

  #mixText(text: string): void {
    if (text.length >= 32) return this.#mix(text.length);
    for (let index = 0; index < text.length; index += 1) {
      this.#hash = Math.imul(this.#hash ^ text.charCodeAt(index), 0x01000193);
    }
  }

  #mix(value: number): void {
    const whole = Math.floor(value);
    this.#hash = Math.imul(this.#hash ^ whole, 0x01000193);
    this.#hash = Math.imul(this.#hash ^ Math.floor((value - whole) * 65_536) ^ (this.#hash >>> 15), 0x01000193);
  }
}
