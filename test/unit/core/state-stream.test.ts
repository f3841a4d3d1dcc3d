import { firstValueFrom, take, toArray } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { StateSource, type StateStream } from '../../../packages/core/src/state-stream.ts';

/** Everything that a subscriber sees; 'complete' at the end. */
function watch<T>(stream: StateStream<T>): (T | 'complete')[] {
  const seen: (T | 'complete')[] = [];
  stream.subscribe({ next: (value) => seen.push(value), complete: () => seen.push('complete') });
  return seen;
}

const stream = suite('a stream of states');

stream('gives its current value at once, then each change', () => {
  const source = new StateSource('a');
  const seen = watch(source.stream);
  source.set('b');
  source.set('c');
  assert.equal(seen, ['a', 'b', 'c']);
  assert.equal([source.value, source.stream.value], ['c', 'c']);
});

stream('gives those who come late the current value only', () => {
  const source = new StateSource('a');
  source.set('b');
  const seen = watch(source.stream);
  source.set('c');
  assert.equal(seen, ['b', 'c']);
});

stream('gives the last value also after the end, and completes', () => {
  const source = new StateSource('a');
  const early = watch(source.stream);
  source.set('b');
  source.complete();
  assert.equal(early, ['a', 'b', 'complete']);
  assert.equal(watch(source.stream), ['b', 'complete']);
  assert.is(source.stream.value, 'b');
});

stream('does not change after the end', () => {
  const source = new StateSource('a');
  source.complete();
  source.complete();
  source.set('b');
  assert.is(source.value, 'a');
});

stream('says nothing when nothing changes, and its value keeps its identity', () => {
  const state = { status: 'open', resumed: false };
  const source = new StateSource(state);
  const seen = watch(source.stream);
  source.set(state);
  assert.is(seen.length, 1);
  assert.is(source.stream.value, state);
  source.set({ status: 'open', resumed: false });
  assert.is(seen.length, 2, 'another object is another value');
});

stream('tells nobody who has left', () => {
  const source = new StateSource('a');
  const seen: string[] = [];
  const subscription = source.stream.subscribe((value) => seen.push(value));
  source.set('b');
  subscription.unsubscribe();
  source.set('c');
  assert.equal(seen, ['a', 'b']);
});

stream('may be left in the middle of a change', () => {
  const source = new StateSource('a');
  const seen: string[] = [];
  source.stream.pipe(take(1)).subscribe((value) => seen.push(value));
  source.stream.pipe(take(2)).subscribe((value) => seen.push(value));
  source.set('b');
  source.set('c');
  assert.equal(seen, ['a', 'a', 'b']);
});

stream('is an observable like any other', async () => {
  const source = new StateSource(1);
  const all = firstValueFrom(source.stream.pipe(toArray()));
  source.set(2);
  source.complete();
  assert.equal(await all, [1, 2]);
});
stream('gives nobody an older value after a newer one, when a subscriber acts on what it is told', () => {
  const source = new StateSource('connecting');
  source.stream.subscribe((value) => value === 'open' && source.set('draining'));
  const second = watch(source.stream);
  source.set('open');
  source.set('closed');
  assert.equal(second, ['connecting', 'draining', 'closed']);
});

stream.run();

/** A source whose value is made by counting how often somebody asked. */
function counting(): { source: StateSource<number>; observed: boolean[] } {
  let count = 0;
  const observed: boolean[] = [];
  const upkeep = { refresh: () => (count += 1), observed: (is: boolean) => void observed.push(is) };
  return { source: new StateSource(0, upkeep), observed };
}

const kept = suite('a state that costs something to keep');

kept('is made when somebody reads it and nobody is subscribed', () => {
  const { source } = counting();
  assert.equal([source.stream.value, source.stream.value], [1, 2]);
  const subscription = source.stream.subscribe();
  assert.equal([source.stream.value, source.stream.value], [3, 3]);
  subscription.unsubscribe();
  assert.is(source.stream.value, 4);
});

kept('gives the first subscriber what it is now, and others what was told last', () => {
  const { source } = counting();
  const first = watch(source.stream);
  const second = watch(source.stream);
  source.set(7);
  const third = watch(source.stream);
  assert.equal([first, second, third], [[1, 7], [1, 7], [7]]);
});

kept('says when it is followed and when it is not any more', () => {
  const { source, observed } = counting();
  const first = source.stream.subscribe();
  const second = source.stream.subscribe();
  first.unsubscribe();
  assert.equal(observed, [true]);
  second.unsubscribe();
  assert.equal(observed, [true, false]);
  source.stream.pipe(take(1)).subscribe();
  assert.equal(observed, [true, false, true, false]);
  source.stream.subscribe();
  source.complete();
  assert.equal(observed, [true, false, true, false, true, false]);
});

kept('is looked at once more at the end, where nobody followed it', () => {
  const { source } = counting();
  source.complete();
  assert.equal([source.stream.value, source.stream.value], [1, 1]);
});

kept('stays what it was at the end', () => {
  const { source } = counting();
  source.set(9);
  source.stream.subscribe();
  source.set(10);
  source.complete();
  assert.equal([source.stream.value, source.stream.value], [10, 10]);
  assert.equal(watch(source.stream), [10, 'complete']);
});
kept.run();
