/**
 * Where a volatile value belongs: its type and its key, as one string. The length keeps `a` with the key `bc` and `ab` with the key `c` apart, whatever
 * characters the two have. PROTOCOL.md §20.
 */
export function volatileSlot(name: string, key: string): string {
  return `${name.length} ${name}${key}`;
}
