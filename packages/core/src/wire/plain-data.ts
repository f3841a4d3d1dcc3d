/**
 * Looks over a value before msgpackr encodes it, for what msgpackr would write as something else, without a word.
 *
 * Sets, errors and patterns would arrive as arrays. Worst are views of elements wider than a byte (`Float32Array`) and `DataView`: of
 * those msgpackr writes the wrong bytes, and between them what its pool held before, which is other people's messages. Dates and everything else
 * that becomes an extension type are found afterwards, in the bytes (payload-guard.ts).
 */

/** Returns the first value within `value` that is no plain data, or undefined. Values with `toJSON` count as what that returns. */
export function findForeignValue(value: unknown): object | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (value.constructor === Object) return findInEntries(value as Record<string, unknown>);
  if (Array.isArray(value)) return findAmong(value);
  return findInInstance(value);
}

/** Whether it is a scalar, or a plain object of scalars: so are most messages, and nothing about such a one needs a second look. */
export function isPlainRecord(value: unknown): boolean {
  if (isScalar(value)) return true;
  if (typeof value !== 'object' || value!.constructor !== Object) return false;
  const record = value as Record<string, unknown>;
  for (const key in record) if (!isScalar(record[key])) return false;
  return true;
}

function isScalar(value: unknown): boolean {
  const kind = typeof value;
  return kind === 'string' || kind === 'number' || kind === 'boolean' || value === null;
}

const FOREIGN = [Set, Error, RegExp];

function findInInstance(value: object): object | undefined {
  if (value instanceof Uint8Array) return undefined;
  if (ArrayBuffer.isView(value) || FOREIGN.some((kind) => value instanceof kind)) return value;
  if (value instanceof Map) return findAmong(value.values());
  const { toJSON } = value as { readonly toJSON?: unknown };
  if (typeof toJSON === 'function') return findForeignValue(toJSON.call(value));
  return findInEntries(value as Record<string, unknown>);
}

function findAmong(values: Iterable<unknown>): object | undefined {
  for (const value of values) {
    const found = findForeignValue(value);
    if (found !== undefined) return found;
  }
  return undefined;
}

function findInEntries(value: Readonly<Record<string, unknown>>): object | undefined {
  for (const key in value) {
    const found = findForeignValue(value[key]);
    if (found !== undefined) return found;
  }
  return undefined;
}
