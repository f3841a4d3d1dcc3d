// test-limit: 90s
// Black holes between network namespaces, with the presets that are quick enough; black-hole.long.test.ts has the others.
import { testBlackHoles } from './black-hole-suite.ts';

const GAME = { heartbeat: 'game', suspectMaxMs: 3400, deadMaxMs: 9000 } as const;
const LAN = { heartbeat: 'lan', suspectMaxMs: 2000, deadMaxMs: 4500 } as const;

await testBlackHoles([
  { ...GAME, isBusy: false },
  { ...GAME, isBusy: true },
  { ...LAN, isBusy: false },
  { ...LAN, isBusy: true },
]);
