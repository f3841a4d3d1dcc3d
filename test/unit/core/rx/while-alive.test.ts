import { NEVER, range, take, tap } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { whileAlive, type WhileAliveOptions } from '@heartwire/core/rx';
import { marbles, play } from '../../../support/marble-session.ts';

/** What comes out of `source` while the session goes through these states. */
interface Run {
  readonly states: string;
  readonly liveness: string;
  readonly source: string;
  readonly out: string;
  readonly options?: WhileAliveOptions;
}

function passes(title: string, { states, liveness, source, out, options }: Run): void {
  operator(
    title,
    marbles((helpers) => {
      const session = play(helpers, states, liveness);
      helpers.expectObservable(helpers.cold(source).pipe(whileAlive(session, options))).toBe(out);
    }),
  );
}

const operator = suite('whileAlive');

passes('passes nothing before the session is open and everything afterwards', {
  states: '     ---o-----',
  liveness: '   ---a-----',
  source: '     -1-2-3-4-',
  out: '        ---2-3-4-',
});

passes('pauses as soon as the peer is suspect', {
  states: '     o------------',
  liveness: '   a---s---a----',
  source: '     -1-2-3-4-5-6-',
  out: '        -1-2-----5-6-',
});

passes('goes on through a suspicion where it is to pause on dead', {
  states: '     o--------s--o---',
  liveness: '   a---s----d--a---',
  source: '     -1-2-3-4-5-6-7-8',
  out: '        -1-2-3-4-----7-8',
  options: { pauseOn: 'dead' },
});

passes('pauses without a connection, whatever was known of the peer last', {
  states: '     o---s---o----',
  liveness: '   a------------',
  source: '     -1-2-3-4-5-6-',
  out: '        -1-2-----5-6-',
});

passes('goes on during a goodbye', {
  states: '     o---d--------',
  liveness: '   a------------',
  source: '     -1-2-3-4-5-6-',
  out: '        -1-2-3-4-5-6-',
});

passes('gives the newest value of the pause afterwards, where that is wanted', {
  states: '     o-------------',
  liveness: '   a---s-----a---',
  source: '     -1-2-3-4----5-',
  out: '        -1-2------4-5-',
  options: { meanwhile: 'latest' },
});

passes('gives no value of a pause twice', {
  states: '     o--------------',
  liveness: '   a---s--a-s--a---',
  source: '     -1-2-3---------',
  out: '        -1-2---3-------',
  options: { meanwhile: 'latest' },
});

passes('ends with its source', {
  states: '     o------',
  liveness: '   a------',
  source: '     -1-2-|',
  out: '        -1-2-|',
});

passes('errors with its source, also during a pause', {
  states: '     o------',
  liveness: '   a--s---',
  source: '     -1-2-#',
  out: '        -1---#',
});

passes('ends with the session', {
  states: '     o----x---',
  liveness: '   a--------',
  source: '     -1-2-3-4-',
  out: '        -1-2-|',
});

operator(
  'stays subscribed to the source during a pause, and lets it go at the end of the session',
  marbles((helpers) => {
    const session = play(helpers, 'o--------x', 'a--s--a---');
    const source = helpers.hot('   -1-2-3-4-5-6');
    helpers.expectObservable(source.pipe(whileAlive(session)));
    helpers.expectSubscriptions(source.subscriptions).toBe('^--------!');
  }),
);

operator(
  'does not subscribe to the source of a session that is over',
  marbles((helpers) => {
    const session = play(helpers, 'x', 'a');
    helpers.flush();
    const source = helpers.cold('-1-2-');
    helpers.expectObservable(source.pipe(whileAlive(session))).toBe('|');
    helpers.expectSubscriptions(source.subscriptions).toBe([]);
  }),
);

operator(
  'lets go of everything when its subscriber goes',
  marbles((helpers) => {
    const session = play(helpers, 'o---', 'a---');
    const source = helpers.cold('-1-2-3-');
    helpers.expectObservable(source.pipe(whileAlive(session)), '^---!').toBe('-1-2-');
    helpers.expectSubscriptions(source.subscriptions).toBe('^---!');
  }),
);

operator(
  'takes no more from a source that gives everything at once than its subscriber wants',
  marbles((helpers) => {
    const session = play(helpers, 'o', 'a');
    helpers.flush();
    let given = 0;
    const source = range(0, 1000).pipe(tap(() => (given += 1)));
    source.pipe(whileAlive(session), take(3)).subscribe();
    assert.ok(given <= 4, `${given} values`);
  }),
);

for (const options of [{ pauseOn: 'alive' }, { meanwhile: 'buffer' }] as const) {
  operator(`refuses ${JSON.stringify(options)}`, () => {
    const session = { state$: NEVER, liveness$: NEVER } as never;
    assert.throws(() => whileAlive(session, options as never), /is "(alive|buffer)", not/);
  });
}
operator.run();
