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

export interface SideBySide {
  /** Each row has its own promise. */
  readonly performances: ReadonlyMap<Row, Promise<Performance>>;
  /** When nothing is left of all that was made for them. */
  readonly ended: Promise<unknown>;
}

/** Perform all rows, so many at a time; `dials`: the runtime of the side that dials. What may take longest comes first. */
export function performSideBySide(
  rows: readonly Row[],
  programs: Programs,
  width: number,
  dials: readonly string[] = [process.execPath],
): SideBySide {
  const performances = new Map<Row, Promise<Performance>>();
  const queue = [...rows]
    .sort((a, b) => watchMs(b) - watchMs(a))
    .map((row) => {
      const { promise, start } = deferred((lane: Lane) => lane.perform(row));
      performances.set(row, promise);
      return start;
    });
  const work = async (): Promise<void> => {
    const lane = new Lane(programs, dials);
    for (let start = queue.shift(); start !== undefined; start = queue.shift()) await start(lane);
    await lane.close();
  };
  const ended = Promise.all(Array.from({ length: Math.min(width, rows.length) }, work));
  return { performances, ended };
}

function watchMs({ situation }: Row): number {
  return situation.watchMs ?? 0;
}

/** A network and the two programs in it, for one row after the other: to start them is most of the work. After a failure all are new. */
class Lane {
  readonly #programs: Programs;
  readonly #dials: readonly string[];
  #stage: { readonly network: Network; readonly theatre: Theatre } | undefined;

  constructor(programs: Programs, dials: readonly string[]) {
    this.#programs = programs;
    this.#dials = dials;
  }

  async perform({ situation, transport }: Row): Promise<Performance> {
    this.#stage ??= await this.#make();
    try {
      return await this.#stage.theatre.perform(situation, transport);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const stage = this.#stage;
    this.#stage = undefined;
    await stage?.theatre.close();
    await stage?.network.remove();
  }

  async #make(): Promise<{ network: Network; theatre: Theatre }> {
    const { observer, peer } = this.#programs;
    const network = await Network.make();
    const theatre = new Theatre({
      observer: [...network.on('client'), ...this.#dials, observer.file],
      peer: [...network.on('server'), process.execPath, peer.file],
      host: SERVER_ADDRESS,
      network,
    });
    return { network, theatre };
  }
}

/** A promise of what begins later. Its failure belongs to whoever waits for it. */
function deferred<A, T>(
  begin: (argument: A) => Promise<T>,
): { promise: Promise<T>; start: (argument: A) => Promise<void> } {
  let start: (argument: A) => Promise<void> = async () => {};
  const promise = new Promise<T>((done, fail) => {
    start = (argument) => begin(argument).then(done, fail);
  });
  promise.catch(() => {});
  return { promise, start };
}
