/**
 * Situations side by side, each in a network of its own: their time is spent in waiting for kernels.
 */
import process from 'node:process';
import { bundleProgram, type ProgramBundle } from '../../support/program-bundle.ts';
import type { TransportName } from '../programs/word.ts';
import type { Situation } from '../stage/situation.ts';
import { Theatre, type Performance } from '../stage/theatre.ts';
import { Network, SERVER_ADDRESS } from './network.ts';

/** A situation over a transport. */
export interface Row {
  readonly name: string;
  readonly situation: Situation;
  readonly transport: TransportName;
}

/** The compiled programs of both sides. */
export interface Programs {
  readonly observer: ProgramBundle;
  readonly peer: ProgramBundle;
}

export function rowsOf(situations: readonly Situation[]): Row[] {
  return situations.flatMap((situation) =>
    situation.transports.map((transport) => ({ name: `${situation.name} over ${transport}`, situation, transport })),
  );
}

export async function bundlePrograms(): Promise<Programs> {
  const [observer, peer] = await Promise.all([
    bundleProgram('test/kernel/programs/observer-process.ts'),
    bundleProgram('test/kernel/programs/peer-process.ts'),
  ]);
  return { observer, peer };
}

/** Perform all rows, so many at a time; each has its promise. What may take longest comes first. */
export function performSideBySide(
  rows: readonly Row[],
  programs: Programs,
  width: number,
): Map<Row, Promise<Performance>> {
  const results = new Map<Row, Promise<Performance>>();
  const queue = [...rows]
    .sort((a, b) => watchMs(b) - watchMs(a))
    .map((row) => {
      const { promise, start } = deferred(() => performAlone(row, programs));
      results.set(row, promise);
      return start;
    });
  const lane = async (): Promise<void> => {
    for (let start = queue.shift(); start !== undefined; start = queue.shift()) await start();
  };
  for (let index = 0; index < width; index += 1) void lane();
  return results;
}

function watchMs({ situation }: Row): number {
  return situation.watchMs ?? 0;
}

/** In three namespaces that are made for this and removed afterwards. */
async function performAlone({ situation, transport }: Row, { observer, peer }: Programs): Promise<Performance> {
  const network = await Network.make();
  const theatre = new Theatre({
    observer: [...network.on('client'), process.execPath, observer.file],
    peer: [...network.on('server'), process.execPath, peer.file],
    host: SERVER_ADDRESS,
    network,
  });
  try {
    return await theatre.perform(situation, transport);
  } finally {
    await theatre.close();
    await network.remove();
  }
}

/** A promise of what begins later. Its failure belongs to whoever waits for it. */
function deferred<T>(begin: () => Promise<T>): { promise: Promise<T>; start: () => Promise<void> } {
  let start = async (): Promise<void> => {};
  const promise = new Promise<T>((done, fail) => {
    start = () => begin().then(done, fail);
  });
  promise.catch(() => {});
  return { promise, start };
}
