/** What the situations between namespaces have in common. */
import type { ExpectedOfPeer, Situation } from '../stage/situation.ts';
import type { Stage } from '../stage/stage.ts';

/** With and without HTTP in between; TLS adds nothing to what a network does to packets. */
export const PLAIN = ['tcp', 'ws'] as const;
export const ALL = ['tcp', 'tls', 'ws', 'wss'] as const;
export const PLAIN_AND_TLS = ['tcp', 'tls', 'ws'] as const;

/** Quick, so that its verdict is there before the kernel's. */
export const HEARTBEAT = { interval: 200, suspectAfter: 300, deadAfter: 1_000 } as const;
/** About 1.2 s after the last that was heard, and what a busy machine adds. */
export const VERDICT_BY_MS = 4_000;
/** The peer hears nothing of us and gives up, and its reset still reaches us: sooner than a verdict of our own, since we hear its beats. */
export const RESET_BY_PEER = { verdict: 'reset', verdictByMs: VERDICT_BY_MS } as const;

/**
 * With `tcp_retries2=3` after the first byte that nobody acknowledges: four attempts and the wait for the last, 3.4 or 6.8 s. It is more where a
 * busy machine has acknowledged late before: the kernel takes the way for a slow one.
 */
export const RETRIES_USED_UP: readonly [number, number] = [2_500, 20_000];

/** Longer than {@link RETRIES_USED_UP}. */
export const BUSY_WATCH_MS = 22_000;
/** How long the kernel's silence is watched; the heartbeat has its verdict long before. */
export const IDLE_WATCH_MS = 4_000;
export const SILENCE = { states: ['dialing', 'open'], cause: null } as const;
/** The other side hears nothing, for as long as it is watched. */
export const PEER_HEARS_NOTHING: ExpectedOfPeer = { states: ['open'], cause: null };

/** Open, and wait until no packet is under way: else the fault may find one, and the kernel sends it again and tells what it finds. */
export async function openQuietly(stage: Stage, options: Parameters<Stage['open']>[0] = {}): Promise<void> {
  await stage.open(options);
  await stage.quiet();
}

/** The observer sends one small message, and the clock starts. */
export async function sendOne(stage: Stage): Promise<void> {
  stage.mark();
  await stage.observer.tell({ do: 'send', id: stage.id, count: 1, bytes: 10 });
}

/** A fault strikes an open connection on which nothing is said. The clock starts before, as that of the kernel has. */
export function idle(
  strike: (stage: Stage) => Promise<void>,
  options: Parameters<Stage['open']>[0] = {},
): Situation['happen'] {
  return async (stage) => {
    await openQuietly(stage, options);
    stage.mark();
    await strike(stage);
  };
}

/** A fault strikes, and then the observer writes. */
export function writing(strike: (stage: Stage) => Promise<void>): Situation['happen'] {
  return async (stage) => {
    await openQuietly(stage);
    await strike(stage);
    await sendOne(stage);
  };
}
