import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PageLife } from '../../../../packages/core/src/runtime/page-life.ts';
import type { PageScope } from '../../../../packages/core/src/runtime/platform.ts';
import { FakePage } from '../../../support/fake-page.ts';

/** A life that tells what it hears, with the time; the test moves the time. */
function watchLife(scope: PageScope): { life: PageLife; told: string[]; time: { nowMs: number } } {
  const told: string[] = [];
  const time = { nowMs: 0 };
  const note = (word: string): void => void told.push(`${word} at ${time.nowMs}`);
  const life = new PageLife(
    scope,
    { now: () => time.nowMs, epochOffset: 0, schedule: () => () => {} },
    {
      shown: () => note('shown'),
      thawed: (frozenMs) => note(`thawed after ${frozenMs}`),
      woken: () => note('woken'),
    },
  );
  return { life, told, time };
}

const life = suite('the life of a page');

life('wakes when it is shown, and not when it is hidden', () => {
  const page = new FakePage();
  const { life: own, told, time } = watchLife(page);
  assert.is(own.isHidden, false);
  page.hide();
  assert.equal([own.isHidden, told], [true, []]);
  time.nowMs = 7000;
  page.show();
  assert.equal([own.isHidden, told], [false, ['shown at 7000', 'woken at 7000']]);
  page.show();
  assert.is(told.length, 2, 'said once');
});

life('knows that it began hidden', () => {
  const page = new FakePage();
  page.hide();
  assert.is(watchLife(page).life.isHidden, true);
});

life('tells how long it was frozen, then that it is awake', () => {
  const page = new FakePage();
  const { told, time } = watchLife(page);
  time.nowMs = 1000;
  page.freeze();
  time.nowMs = 9000;
  page.resume();
  assert.equal(told, ['thawed after 8000 at 9000', 'woken at 9000']);
});

life('counts a time once, whoever asks first', () => {
  const page = new FakePage();
  const { life: own, told, time } = watchLife(page);
  assert.is(own.takeFrozenMs(), 0);
  page.freeze();
  time.nowMs = 300;
  assert.equal([own.takeFrozenMs(), own.takeFrozenMs()], [300, 0]);
  page.resume();
  assert.equal(told, ['woken at 300']);
});

life('that is kept for the way back was frozen from the leaving to the return', () => {
  const page = new FakePage();
  const { told, time } = watchLife(page);
  page.leave({ persisted: true });
  time.nowMs = 10;
  page.freeze();
  time.nowMs = 400;
  page.resume();
  page.comeBack({ persisted: true });
  assert.equal(told, ['thawed after 400 at 400', 'woken at 400', 'woken at 400']);
});

life('that is not kept says nothing, nor does the first sight of a page', () => {
  const page = new FakePage();
  const { life: own, told } = watchLife(page);
  page.comeBack({ persisted: false });
  page.leave({ persisted: false });
  assert.equal([told, own.takeFrozenMs()], [[], 0]);
});

life('wakes when the network is there again, in a worker as well', () => {
  const page = new FakePage();
  const worker = new EventTarget();
  const [ofPage, ofWorker] = [watchLife(page), watchLife(worker)];
  page.goOnline();
  worker.dispatchEvent(new Event('online'));
  assert.equal([ofPage.told, ofWorker.told, ofWorker.life.isHidden], [['woken at 0'], ['woken at 0'], false]);
});

life('is quiet where there are no events at all', () => {
  assert.is(watchLife({}).life.isHidden, false);
});

life.run();
