/** What every page has to stand at the end, whatever was done to it. */
import * as assert from 'uvu/assert';
import { withDeadline } from '../../support/with-deadline.ts';
import type { LivePage } from './life-stage.ts';

/** Nothing is lost, doubled or out of order, and more goes through. */
export async function assertGoesOn(page: LivePage): Promise<void> {
  const ten = (await page.report()).down.length + 10;
  await page.tab.call('say', 10);
  await withDeadline(10_000, page.tell(10), 'ten messages to the page');
  const numbers = Array.from({ length: ten }, (_, at) => at + 1);
  const { down, outcomes } = await page.report();
  assert.equal([down, page.up, outcomes], [numbers, numbers, { handled: ten }]);
}

/** What is waited for here is that nothing happens. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
