/** Everything that is compared, by name. */
import type { HeartbeatPreset } from '../../packages/core/src/connection/heartbeat-preset.ts';
import type { Setting } from './setting.ts';
import { heartwire } from './settings/heartwire.ts';
import { phiAccrual } from './settings/phi-accrual.ts';
import { signalR } from './settings/signal-r.ts';
import { socketIo } from './settings/socket-io.ts';

export const PRESETS: readonly HeartbeatPreset[] = ['default', 'game', 'lan', 'mobile'];

export const SETTINGS: ReadonlyMap<string, Setting> = new Map(
  [
    ...PRESETS.map((name) => heartwire(name)),
    socketIo(),
    signalR(),
    phiAccrual({ threshold: 8, heartbeatMs: 1000 }),
    phiAccrual({ threshold: 12, heartbeatMs: 1000 }),
    phiAccrual({ threshold: 8, heartbeatMs: 5000 }),
    phiAccrual({ threshold: 12, heartbeatMs: 5000 }),
  ].map((setting) => [setting.name, setting]),
);
