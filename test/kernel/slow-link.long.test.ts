// test-limit: 400s
// 10 MB over a link of 1 Mbit/s, which takes 84 s: nobody is suspected meanwhile, and heartbeats do not wait behind it (promises P11, P12).
import { DEEP_QUEUE_BYTES, SHALLOW_QUEUE_BYTES } from './network/slow-link.ts';
import { testSlowLinks } from './slow-link-suite.ts';

const COMMON = { messageBytes: 10_000_000, bitsPerSecond: 1_000_000, queueBytes: DEEP_QUEUE_BYTES } as const;

await testSlowLinks(
  (['default', 'game'] as const).flatMap((heartbeat) => [
    { ...COMMON, name: `10 MB, ${heartbeat}`, heartbeat, isTwoWay: false, isPinged: true },
    { ...COMMON, name: `10 MB, ${heartbeat}, heartbeats alone`, heartbeat, isTwoWay: false, isPinged: false },
    { ...COMMON, name: `10 MB both ways, ${heartbeat}`, heartbeat, isTwoWay: true, isPinged: true },
    {
      ...COMMON,
      name: `10 MB, ${heartbeat}, a queue that drops`,
      heartbeat,
      queueBytes: SHALLOW_QUEUE_BYTES,
      isTwoWay: false,
      isPinged: true,
    },
  ]),
);
