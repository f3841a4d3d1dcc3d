// The numbers themselves are held against PROTOCOL.md in test/vectors; here is what people were promised of them.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fixedMargin, HEARTBEAT_PRESETS } from '../../../../packages/core/src/connection/heartbeat-preset.ts';

const presets = suite('heartbeat presets');

for (const [name, { intervalMs, suspect, dead }] of Object.entries(HEARTBEAT_PRESETS)) {
  presets(`${name}: suspicion comes before death, whatever the round trip`, () => {
    assert.ok(intervalMs > 0);
    for (const margin of [suspect, dead]) assert.ok(margin.minMs > 0 && margin.minMs <= margin.maxMs);
    assert.ok(suspect.maxMs < dead.minMs);
  });
}

presets('a fixed margin does not depend on the round trip', () => {
  assert.equal(fixedMargin(7), { factor: 0, srttFactor: 0, extraMs: 0, minMs: 7, maxMs: 7 });
});

presets.run();
