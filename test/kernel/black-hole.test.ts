// test-limit: 120s
// Black holes between network namespaces, with the presets that are quick enough; black-hole.long.test.ts has the others.
import { testBlackHoles } from './black-hole-suite.ts';

await testBlackHoles([
  { heartbeat: 'game', isBusy: false },
  { heartbeat: 'game', isBusy: true },
  { heartbeat: 'lan', isBusy: false },
  { heartbeat: 'lan', isBusy: true },
]);
