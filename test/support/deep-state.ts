/**
 * Everything that can be reached from some objects, as one number, or as a list to find a difference with.
 *
 * Objects, arrays, maps, sets, bytes and plain values count, with their identity: whoever stands in two places is the same in both. What a function closes over,
 * and the inside of a promise, cannot be seen.
 */
export type StateHash = string;

/** What RxJS keeps only to save itself work: a copy of the list of observers; and what a server counts of those it rejected, for its operator. */
const IGNORED: ReadonlySet<string> = new Set(['currentObservers', 'rejected']);

/** Equal for equal states; different for different ones, as far as 64 bits go. */
export function hashOfState(roots: readonly unknown[]): StateHash {
  const sink = new HashSink();
  new Walk(sink).visit(roots);
  return sink.digest;
}

/** One line for each value, in a fixed order, with the path that leads to it. */
export function linesOfState(roots: readonly unknown[]): string[] {
  const sink = new LineSink();
  new Walk(sink).visit(roots);
  return sink.lines;
}

/** What is different in two lists of lines, for a person. */
export function differenceOf(before: readonly string[], after: readonly string[]): string {
  const [gone, come] = [new Set(before), new Set(after)];
  const lines = [
    ...before.filter((line) => !come.has(line)).map((line) => `- ${line}`),
    ...after.filter((line) => !gone.has(line)).map((line) => `+ ${line}`),
  ];
  return lines.slice(0, 40).join('\n');
}

interface Sink {
  enter(key: string): void;
  leave(): void;
  number(value: number): void;
  text(value: string): void;
  bytes(value: Uint8Array): void;
}

class Walk {
  readonly #sink: Sink;
  readonly #seen = new Map<object, number>();

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  visit(value: unknown): void {
    if (typeof value === 'number') return this.#sink.number(value);
    if (typeof value === 'function') return this.#sink.text('function');
    if (typeof value !== 'object' || value === null) return this.#sink.text(String(value));
    const number = this.#seen.get(value);
    if (number !== undefined) {
      this.#sink.text('seen');
      return this.#sink.number(number);
    }
    this.#seen.set(value, this.#seen.size);
    this.#visitObject(value);
  }

  #visitObject(value: object): void {
    if (value instanceof Uint8Array) return this.#sink.bytes(value);
    if (value instanceof Map) {
      let at = 0;
      for (const [key, entry] of value) {
        this.#visitAs(`key ${at}`, key);
        this.#visitAs(`entry ${(at += 1)}`, entry);
      }
    } else if (value instanceof Set) {
      let at = 0;
      for (const entry of value) this.#visitAs(`member ${(at += 1)}`, entry);
    }
    const names = Object.keys(value);
    this.#sink.number(names.length);
    for (const name of names) if (!IGNORED.has(name)) this.#visitAs(name, (value as Record<string, unknown>)[name]);
  }

  #visitAs(key: string, value: unknown): void {
    this.#sink.enter(key);
    this.visit(value);
    this.#sink.leave();
  }
}

/** Names of members come again and again. */
const numberOfKey = new Map<string, number>();
const NO_WORDS = new Int32Array(0);
const scratch = new Float64Array(1);
const words = new Uint32Array(scratch.buffer);

class HashSink implements Sink {
  #a = 0x811c_9dc5;
  #b = 0x1b87_3593;

  get digest(): StateHash {
    return `${(this.#a >>> 0).toString(16)}${(this.#b >>> 0).toString(16).padStart(8, '0')}`;
  }

  enter(key: string): void {
    let number = numberOfKey.get(key);
    if (number === undefined) numberOfKey.set(key, (number = numberOfKey.size));
    this.#mix(number);
  }

  leave(): void {
    this.#mix(1);
  }

  number(value: number): void {
    if ((value | 0) === value) return this.#mix(value);
    scratch[0] = value;
    this.#mix(words[0]!);
    this.#mix(words[1]!);
  }

  text(value: string): void {
    for (let at = 0; at < value.length; at += 1) this.#mix(value.charCodeAt(at));
    this.#mix(0x1_0000 + value.length);
  }

  bytes(value: Uint8Array): void {
    // Word by word where they are aligned: most of the state is bytes.
    const isAligned = value.byteOffset % 4 === 0;
    const inWords = isAligned ? new Int32Array(value.buffer, value.byteOffset, value.length >> 2) : NO_WORDS;
    for (let at = 0; at < inWords.length; at += 1) this.#mix(inWords[at]!);
    for (let at = inWords.length * 4; at < value.length; at += 1) this.#mix(value[at]!);
    this.#mix(0x2_0000 + value.length);
  }

  #mix(word: number): void {
    this.#a = Math.imul(this.#a ^ word, 0x0100_0193);
    this.#b = Math.imul((this.#b << 13) | (this.#b >>> 19), 5) + Math.imul(word ^ 0xe654_6b64, 0xcc9e_2d51);
  }
}

class LineSink implements Sink {
  readonly lines: string[] = [];
  readonly #path: string[] = [];

  enter(key: string): void {
    this.#path.push(key);
  }

  leave(): void {
    this.#path.pop();
  }

  number(value: number): void {
    this.text(String(value));
  }

  text(value: string): void {
    this.lines.push(`${this.#path.join('.')} = ${value}`);
  }

  bytes(value: Uint8Array): void {
    this.text(Buffer.from(value).toString('hex'));
  }
}
