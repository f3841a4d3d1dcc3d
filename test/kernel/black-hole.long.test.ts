// test-limit: 300s
// Black holes between network namespaces, with every preset.
import { testBlackHoles } from './black-hole-suite.ts';

await testBlackHoles(
  (['default', 'game', 'lan', 'mobile'] as const).flatMap((heartbeat) => [
    { heartbeat, isBusy: false },
    { heartbeat, isBusy: true },
  ]),
);
