import { catchError, of, type Observable } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HeartwireError } from '@heartwire/core';
import { throwOnClose } from '@heartwire/core/rx';
import { GOODBYE, LOST, marbles, play } from '../../../support/marble-session.ts';
import { VirtualWorld } from '../../../support/virtual-world.ts';

/** In a diagram an error is an X, and then the end. */
function told(source: Observable<unknown>): Observable<unknown> {
  return source.pipe(catchError((error: unknown) => of(error instanceof HeartwireError ? 'X' : error)));
}

const operator = suite('throwOnClose');

for (const [letter, cause, code] of [
  ['x', LOST, 'ERR_HW_CONNECTION_LOST'],
  ['g', GOODBYE, 'ERR_HW_SESSION_CLOSED'],
] as const) {
  operator(
    `makes an error of an end with the cause ${cause.kind}`,
    marbles((helpers) => {
      const session = play(helpers, `o----${letter}`, 'a');
      const errors: unknown[] = [];
      const source = helpers.cold('-1-2-3-4-').pipe(throwOnClose(session));
      source.subscribe({ error: (error: unknown) => errors.push(error) });
      helpers.flush();
      const [error] = errors;
      assert.ok(error instanceof HeartwireError);
      assert.equal([error.code, error.cause], [code, cause]);
    }),
  );
}

operator(
  'passes everything until then, and lets the source go',
  marbles((helpers) => {
    const session = play(helpers, 'o--s--o-x', 'a');
    const source = helpers.hot('   -1-2-3-4-5-6');
    helpers.expectObservable(told(source.pipe(throwOnClose(session)))).toBe('-1-2-3-4(X|)');
    helpers.expectSubscriptions(source.subscriptions).toBe('^-------!');
  }),
);

operator(
  'ends as the source does while the session lives',
  marbles((helpers) => {
    const session = play(helpers, 'o-----x', 'a');
    helpers.expectObservable(told(helpers.cold('-1-|').pipe(throwOnClose(session)))).toBe('-1-|');
    helpers.expectObservable(told(helpers.cold('-1-#', undefined, 'E').pipe(throwOnClose(session)))).toBe('-1-(E|)');
  }),
);

operator(
  'errors at once over a session that is over, and does not subscribe to the source',
  marbles((helpers) => {
    const session = play(helpers, 'x', 'a');
    helpers.flush();
    const source = helpers.cold('-1-');
    helpers.expectObservable(told(source.pipe(throwOnClose(session)))).toBe('(X|)');
    helpers.expectSubscriptions(source.subscriptions).toBe([]);
  }),
);

operator(
  'takes the last state for the error, over the states of a session',
  marbles((helpers) => {
    const { state$ } = play(helpers, '-o-s-o-x', 'a');
    const statuses: string[] = [];
    state$
      .pipe(throwOnClose())
      .subscribe({ next: ({ status }) => statuses.push(status), error: () => statuses.push('X') });
    helpers.flush();
    assert.equal(statuses, ['connecting', 'open', 'suspended', 'open', 'X']);
  }),
);
operator.run();

const streams = suite('each stream of a session');

for (const name of ['state$', 'connection$', 'liveness$', 'events$', 'messages$'] as const) {
  streams(`errors when the session ends: ${name}`, async () => {
    const world = await VirtualWorld.start();
    const { client } = await world.open();
    const seen: string[] = [];
    (client[name] as Observable<unknown>).pipe(throwOnClose(client)).subscribe({
      error: (error: unknown) => seen.push((error as HeartwireError).code),
      complete: () => seen.push('complete'),
    });
    world.network.reset();
    await world.clock.settle();
    assert.equal(seen, ['ERR_HW_CONNECTION_LOST']);
    await world.close();
  });
}
streams.run();
