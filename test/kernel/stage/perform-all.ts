/** Performs situations: those over one transport one after the other, and the transports side by side. */
import type { TransportName } from '../programs/word.ts';
import type { Situation } from './situation.ts';
import { Theatre, type Performance, type TheatreOptions } from './theatre.ts';

export interface Row {
  readonly situation: Situation;
  readonly transport: TransportName;
  readonly performance: Promise<Performance>;
}

/** Begins at once; `close` when all are over. */
export function performAll(
  situations: readonly Situation[],
  options: TheatreOptions,
): { readonly rows: readonly Row[]; close(): Promise<void> } {
  const theatres = new Map<TransportName, { theatre: Theatre; last: Promise<unknown> }>();
  const rows = situations.flatMap((situation) =>
    situation.transports.map((transport): Row => {
      let stage = theatres.get(transport);
      if (stage === undefined) {
        stage = { theatre: new Theatre(options), last: Promise.resolve() };
        theatres.set(transport, stage);
      }
      const { theatre, last } = stage;
      const performance = last.then(() => theatre.perform(situation, transport));
      // Its test will tell; the next one is performed all the same.
      stage.last = performance.catch(() => {});
      return { situation, transport, performance };
    }),
  );
  return {
    rows,
    close: async () => {
      await Promise.all([...theatres.values()].map(({ theatre, last }) => last.then(() => theatre.close())));
    },
  };
}
