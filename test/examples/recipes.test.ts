// The recipes of docs/liveness.md: shown as they are, compiled with the examples, and run here in virtual time.
import { readdirSync, readFileSync } from 'node:fs';
import { asyncScheduler, BehaviorSubject, filter, firstValueFrom, of, type Observable } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { AnySession } from '@heartwire/core';
import { paused$, step$ } from '../../examples/recipes/game-pause.ts';
import { list$, presence$, type Presence } from '../../examples/recipes/presence-list.ts';
import { banner$ } from '../../examples/recipes/reconnect-banner.ts';
import { tellTyping, typing$ } from '../../examples/recipes/typing.ts';
import { marbles, play, type Helpers } from '../support/marble-session.ts';
import { VirtualWorld } from '../support/virtual-world.ts';
import { withDeadline } from '../support/with-deadline.ts';

const FOLDER = 'examples/recipes';

/** Everything that `source` says, each with its millisecond. */
function told<T>(helpers: Helpers, source: Observable<T>): (readonly [number, T | '|'])[] {
  const seen: (readonly [number, T | '|'])[] = [];
  source.subscribe({
    next: (value) => seen.push([asyncScheduler.now(), value]),
    complete: () => seen.push([asyncScheduler.now(), '|']),
  });
  helpers.flush();
  return seen;
}

const shown = suite('docs/liveness.md');

for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.ts'))) {
  shown(`shows ${file} as it is`, () => {
    const document = readFileSync('docs/liveness.md', 'utf8');
    const [block] = new RegExp(`^// ${file}\n[^]*?(?=^\`\`\`$)`, 'm').exec(document) ?? [];
    assert.is(block, readFileSync(`${FOLDER}/${file}`, 'utf8'));
  });
}
shown.run();

const banner = suite('the banner');
const RECONNECTING = 'Reconnecting … What you write is kept.';
const SHAKY = 'The connection is shaky …';

for (const [title, states, liveness, expected] of [
  ['is not seen for trouble that is over within a second', 'o 3999ms s 299ms o', 'a', [[0, null]]],
  [
    'tells after a second that the session waits for a connection',
    'o 3999ms s 2999ms o',
    'a',
    [
      [0, null],
      [5000, RECONNECTING],
      [7000, null],
    ],
  ],
  [
    'tells that the peer is suspect',
    'o',
    'a 3999ms s 2999ms a',
    [
      [0, null],
      [5000, SHAKY],
      [7000, null],
    ],
  ],
  ['tells that nobody was there yet', 'c', 'u', [[1000, 'Connecting …']]],
  [
    'tells why it is over',
    'o 3999ms x',
    'a',
    [
      [0, null],
      [5000, 'Disconnected: the connection was reset.'],
      [5000, '|'],
    ],
  ],
] as const) {
  banner(
    title,
    marbles((helpers) => assert.equal(told(helpers, banner$(play(helpers, states, liveness))), expected)),
  );
}
banner.run();

const game = suite('the game');

game(
  'pauses while the opponent cannot answer, and counts the steps that were played',
  marbles((helpers) => {
    const session = play(helpers, 'o 299ms x', 'a 119ms s 69ms a');
    assert.equal(told(helpers, step$(session)), [
      [50, 0],
      [100, 1],
      [200, 2],
      [250, 3],
      [300, '|'],
    ]);
  }),
);

game(
  'shows the curtain meanwhile',
  marbles((helpers) => {
    const session = play(helpers, 'c 9ms o 39ms s 9ms o', '10ms a 9ms s 4ms a');
    const expected = [
      [0, true],
      [10, false],
      [20, true],
      [25, false],
      [50, true],
      [60, false],
    ];
    assert.equal(told(helpers, paused$(session)), expected);
  }),
);
game.run();

const presence = suite('the list of who is there');

presence(
  'greys somebody only when the trouble lasts for longer than the grace',
  marbles((helpers) => {
    const session = play(helpers, 'o 19999ms s 9999ms o', 'a 3999ms s 999ms a 4999ms s 5999ms a');
    const expected = [
      [0, 'here'],
      [12_000, 'away'],
      [16_000, 'here'],
      [22_000, 'away'],
      [30_000, 'here'],
    ];
    assert.equal(told(helpers, presence$(session, 2000)), expected);
  }),
);

presence(
  'takes somebody out at once who has gone',
  marbles((helpers) => {
    const session = { id: 'ada', ...play(helpers, 'o 999ms g', 'a') };
    const seen = told(helpers, list$(helpers.cold('s|', { s: session })));
    assert.equal(seen, [
      [0, new Map([['ada', 'here']])],
      [1000, new Map()],
      [1000, '|'],
    ]);
  }),
);

presence('knows the sessions of a server', async () => {
  const world = await VirtualWorld.start();
  const lists = new BehaviorSubject<ReadonlyMap<string, Presence>>(new Map());
  const watching = list$(world.server.session$, 0).subscribe(lists);
  const sessions = [await world.open({ reconnect: {} }), await world.open({ reconnect: {} })];
  const [ada, grace] = sessions.map(({ client }) => client);
  assert.equal(
    [...lists.value],
    [
      [ada!.id, 'here'],
      [grace!.id, 'here'],
    ],
  );
  world.network.reset();
  const grey = firstValueFrom(lists.pipe(filter((list) => [...list.values()].join() === 'away,away')));
  await world.clock.settle();
  await withDeadline(5000, grey, 'two grey names');
  await world.clock.advance(1000);
  assert.equal([...lists.value.values()], ['here', 'here']);
  void ada!.close();
  await world.clock.settle();
  assert.equal([...lists.value], [[grace!.id, 'here']]);
  watching.unsubscribe();
  grace!.destroy();
  await world.close();
});
presence.run();

const typing = suite('who is typing');

typing(
  'is told every two seconds at most',
  marbles((helpers) => {
    const said: (readonly unknown[])[] = [];
    const session = { volatile: (...words: unknown[]) => said.push([asyncScheduler.now(), ...words]) } as never;
    const telling = tellTyping(session, 'ada', helpers.cold('k 499ms k 499ms k 1499ms k 4999ms k 99ms k'));
    helpers.flush();
    const value = ['typing', 'ada', { key: 'ada' }];
    assert.equal(said, [
      [0, ...value],
      [2500, ...value],
      [7500, ...value],
    ]);
    telling[Symbol.dispose]();
  }),
);

typing(
  'is known until three seconds after the last word of it',
  marbles((helpers) => {
    const said = helpers.cold('a 999ms b 999ms a', { a: 'ada', b: 'grace' });
    let isHandled = true;
    const session = {
      handle(_type: string, handler: (user: string) => void) {
        const subscription = said.subscribe(handler);
        return { [Symbol.dispose]: () => (subscription.unsubscribe(), (isHandled = false)) };
      },
    } as unknown as AnySession;
    const seen = told(helpers, typing$(session));
    assert.equal(seen, [
      [0, ['ada']],
      [1000, ['ada', 'grace']],
      [2000, ['ada', 'grace']],
      [3000, ['ada', 'grace']],
      [4000, ['ada']],
      [5000, []],
    ]);
    typing$(session).subscribe().unsubscribe();
    assert.not(isHandled);
  }),
);

typing('goes from one session to another', async () => {
  const world = await VirtualWorld.start();
  const { client, server } = await world.open();
  const known = firstValueFrom(typing$(client).pipe(filter(({ length }) => length > 0)));
  tellTyping(server, 'grace', of('k'));
  await world.clock.settle();
  assert.equal(await withDeadline(5000, known, 'the name'), ['grace']);
  await world.close();
});
typing.run();
