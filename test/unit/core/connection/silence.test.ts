import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Silence } from '../../../../packages/core/src/connection/silence.ts';

const silence = suite('a silence');

silence('lasts since the last sign of life', () => {
  const heard = new Silence(1000);
  assert.equal([heard.ms(1000), heard.ms(1500)], [0, 500]);
  heard.heard(2000);
  assert.equal([heard.ms(2000), heard.ms(2010)], [0, 10]);
  assert.is(heard.exceedsAtMs(300), 2301);
});

silence('is shorter by what we ourselves stood still, and that ends with the next sign of life', () => {
  const heard = new Silence(1000);
  heard.discount(400, 1500);
  assert.equal([heard.ms(1500), heard.stalledMs, heard.exceedsAtMs(300)], [100, 400, 1701]);
  heard.heard(1600);
  assert.equal([heard.stalledMs, heard.ms(1700)], [0, 100]);
});

silence('is not shortened by a stall that lies before it', () => {
  const heard = new Silence(1000);
  heard.discount(5000, 1200);
  assert.equal([heard.stalledMs, heard.ms(1200), heard.ms(1300)], [200, 0, 100]);
});

silence('is never negative', () => {
  assert.is(new Silence(1000).ms(900), 0);
});
silence.run();
