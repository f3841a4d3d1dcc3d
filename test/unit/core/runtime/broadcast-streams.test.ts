import { Subject, take } from 'rxjs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { BroadcastProgress } from '../../../../packages/core/src/runtime/audience-api.ts';
import {
  eachOf,
  ProgressStream,
  type BroadcastRecord,
} from '../../../../packages/core/src/runtime/broadcast-streams.ts';
import { OutcomeLog } from '../../../../packages/core/src/runtime/outcome-log.ts';

/** A broadcast to sessions that are numbers; they decide when the test says so. */
class Record implements BroadcastRecord<number> {
  readonly log: OutcomeLog<number>;
  readonly #count: number;
  #changes: Subject<void> | null = null;
  progress: BroadcastProgress;
  changesMade = 0;

  constructor(count: number) {
    this.#count = count;
    this.log = new OutcomeLog(Array.from({ length: count }, (_, index) => index));
    this.progress = this.log.progress(count);
  }

  get isDone(): boolean {
    return this.log.length === this.#count;
  }

  get changes(): Subject<void> {
    this.changesMade += 1;
    return (this.#changes ??= new Subject());
  }

  decide(index: number): void {
    this.log.confirm(index, 'handled', { id: 1, attempts: 1, isResumed: false }, 1);
    this.progress = this.log.progress(this.#count);
    if (this.isDone) this.#changes?.complete();
    else this.#changes?.next();
  }
}

/** The sessions in the order in which they were told; 'complete' at the end. */
function watch(record: Record, onEach: (session: number) => void = () => {}): (number | 'complete')[] {
  const seen: (number | 'complete')[] = [];
  eachOf(record).subscribe({
    next: ({ session }) => {
      seen.push(session);
      onEach(session);
    },
    complete: () => seen.push('complete'),
  });
  return seen;
}

const each = suite('the stream of outcomes');

each('tells each outcome as it is decided, and completes with the last', () => {
  const record = new Record(3);
  const seen = watch(record);
  assert.equal(seen, []);
  record.decide(1);
  assert.equal(seen, [1]);
  record.decide(0);
  record.decide(2);
  assert.equal(seen, [1, 0, 2, 'complete']);
});

each('begins with what was decided before', () => {
  const record = new Record(3);
  record.decide(2);
  record.decide(0);
  const midway = watch(record);
  assert.equal(midway, [2, 0]);
  record.decide(1);
  assert.equal(midway, [2, 0, 1, 'complete']);
  assert.equal(watch(record), [2, 0, 1, 'complete']);
});

each('completes at once where there is nobody', () => {
  assert.equal(watch(new Record(0)), ['complete']);
});

each('tells everything once and in order, whatever a subscriber sets off', () => {
  const record = new Record(4);
  record.decide(3);
  record.decide(2);
  // The last outcomes are decided while the first ones are being told.
  const seen = watch(record, (session) => {
    if (session === 3) record.decide(1);
    if (session === 2) record.decide(0);
  });
  assert.equal(seen, [3, 2, 1, 0, 'complete']);
});

each('tells nobody anything on top of what it is being told', () => {
  const record = new Record(3);
  let depth = 0;
  const depths: number[] = [];
  watch(record, (session) => {
    depth += 1;
    depths.push(depth);
    if (session < 2) record.decide(session + 1);
    depth -= 1;
  });
  record.decide(0);
  assert.equal(depths, [1, 1, 1]);
});

each('tells nobody who has left', () => {
  const record = new Record(3);
  record.decide(0);
  record.decide(1);
  const seen: number[] = [];
  const note = ({ session }: { session: number }): void => void seen.push(session);
  eachOf(record).pipe(take(1)).subscribe(note);
  const subscription = eachOf(record).subscribe(note);
  subscription.unsubscribe();
  record.decide(2);
  assert.equal(seen, [0, 0, 1]);
});

each('costs nothing until somebody subscribes', () => {
  const record = new Record(2);
  eachOf(record);
  record.decide(0);
  assert.is(record.changesMade, 0);
});
each.run();

const progress = suite('the stream of progress');

progress('tells the counts as they change, and completes with the last', () => {
  const record = new Record(2);
  const seen: (BroadcastProgress | 'complete')[] = [];
  new ProgressStream(record).subscribe({ next: (value) => seen.push(value), complete: () => seen.push('complete') });
  record.decide(1);
  record.decide(0);
  assert.equal(seen, [
    { recipients: 2, decided: 0, handled: 0, delivered: 0, failed: 0 },
    { recipients: 2, decided: 1, handled: 1, delivered: 0, failed: 0 },
    { recipients: 2, decided: 2, handled: 2, delivered: 0, failed: 0 },
    'complete',
  ]);
});

progress('has a value at every time, and gives the last one to those who come after the end', () => {
  const record = new Record(1);
  const stream = new ProgressStream(record);
  assert.is(stream.value.decided, 0);
  record.decide(0);
  assert.is(stream.value, record.progress);
  const seen: unknown[] = [];
  stream.subscribe({ next: ({ decided }) => seen.push(decided), complete: () => seen.push('complete') });
  assert.equal(seen, [1, 'complete']);
});

progress('never goes back and tells nothing twice, whatever a subscriber sets off', () => {
  const record = new Record(3);
  const stream = new ProgressStream(record);
  const first: number[] = [];
  const second: number[] = [];
  stream.subscribe(({ decided }) => {
    first.push(decided);
    if (decided === 1) record.decide(2);
  });
  stream.subscribe(({ decided }) => second.push(decided));
  record.decide(0);
  record.decide(1);
  assert.equal(first, [0, 1, 2, 3]);
  assert.equal(second, [0, 2, 3]);
});
progress.run();
