/** A router that lets only so much through, with a queue in front of the narrow place (`tc`, token bucket filter). */
import type { Network } from './network.ts';
import { shell } from './shell.ts';

export interface SlowLink {
  readonly bitsPerSecond: number;
  /** What the router keeps before it drops. More than may be in flight is a deep queue: nothing is lost, and everything waits. */
  readonly queueBytes: number;
}

/** A queue that holds all that one side may have in flight, several times. */
export const DEEP_QUEUE_BYTES: number = 2 ** 20;
/** As in a good modem: 100 ms at 1 Mbit/s and a little more; TCP loses segments there, and finds its rate by that. */
export const SHALLOW_QUEUE_BYTES: number = 16 * 1024;
/** What may pass at once: a few packets. */
const BURST_BYTES = 5000;

/** From now on, in both directions, until the network is removed. */
export async function slowDown({ router }: Network, { bitsPerSecond, queueBytes }: SlowLink): Promise<void> {
  const limits = `rate ${bitsPerSecond}bit burst ${BURST_BYTES} limit ${queueBytes}`;
  const devices = ['to-client', 'to-server'];
  await shell(...devices.map((device) => `ip netns exec ${router} tc qdisc replace dev ${device} root tbf ${limits}`));
}

/** Null when this machine can slow a network down, else why not. */
export async function whyNoSlowLink(make: () => Promise<Network>): Promise<string | null> {
  const network = await make();
  try {
    await slowDown(network, { bitsPerSecond: 1_000_000, queueBytes: DEEP_QUEUE_BYTES });
    return null;
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim() || (error as Error).message;
    return `no network can be slowed down here: ${said.split('\n')[0]}`;
  } finally {
    await network.remove();
  }
}
