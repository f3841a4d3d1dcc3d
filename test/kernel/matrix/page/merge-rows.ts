/** Rows that say the same become one: for each text, the transports and the runtimes that say it. */
import type { TransportName } from '../../programs/word.ts';
import type { MatrixRuntime } from '../runtime-name.ts';

/** One row before merging. */
export interface PlainRow {
  readonly transport: TransportName;
  readonly runtime: MatrixRuntime;
  readonly cells: readonly string[];
}

/** One row of the table: every one of these transports on every one of these runtimes. */
export interface MergedRow {
  readonly transports: readonly TransportName[];
  readonly runtimes: readonly MatrixRuntime[];
  readonly cells: readonly string[];
}

/** In the order in which they first come up. Transports are put together when the same runtimes say the same of them. */
export function mergeRows(rows: readonly PlainRow[]): MergedRow[] {
  const merged: MergedRow[] = [];
  for (const alike of groupBy(rows, ({ cells }) => JSON.stringify(cells))) {
    const perTransport = groupBy(alike, ({ transport }) => transport);
    for (const group of groupBy(perTransport, (some) => some.map(({ runtime }) => runtime).join())) {
      const [first = []] = group;
      merged.push({
        transports: group.flatMap(([row]) => (row === undefined ? [] : [row.transport])),
        runtimes: first.map(({ runtime }) => runtime),
        cells: first[0]?.cells ?? [],
      });
    }
  }
  return merged;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}
