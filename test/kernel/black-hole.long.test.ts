// test-limit: 300s
// Black holes between network namespaces, with every preset.
import { testBlackHoles } from './black-hole-suite.ts';

await testBlackHoles(
  [
    { heartbeat: 'default', suspectMaxMs: 18_000, deadMaxMs: 30_000 } as const,
    { heartbeat: 'game', suspectMaxMs: 3400, deadMaxMs: 9000 } as const,
    { heartbeat: 'lan', suspectMaxMs: 2000, deadMaxMs: 4500 } as const,
    { heartbeat: 'mobile', suspectMaxMs: 30_000, deadMaxMs: 55_000 } as const,
  ].flatMap((given) => [
    { ...given, isBusy: false },
    { ...given, isBusy: true },
  ]),
);
