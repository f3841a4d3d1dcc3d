import type { Scene } from './scene.ts';
import type { SimClient } from './sim-client.ts';
import type { SimServer } from './sim-server.ts';

/** Who takes part in a run, and where. */
export interface Cast {
  readonly scene: Scene;
  readonly server: SimServer;
  readonly clients: readonly SimClient[];
}
