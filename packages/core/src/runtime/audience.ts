import type { Audience, Broadcast, BroadcastOptions } from './audience-api.ts';
import { broadcast, type Recipient } from './broadcast.ts';
import type { Contract } from './contract.ts';
import type { ResolvedOptions } from './options.ts';
import { checkTypeName, encode } from './session-handle.ts';

/** Who is told: those who are listed at the time of the call, without those who are excluded. */
export class SessionAudience<C extends Contract> implements Audience<C> {
  readonly #options: ResolvedOptions;
  readonly #list: () => readonly Recipient[];
  readonly #excluded: ReadonlySet<unknown> | null;

  constructor(
    options: ResolvedOptions,
    list: () => readonly Recipient[],
    excluded: ReadonlySet<unknown> | null = null,
  ) {
    this.#options = options;
    this.#list = list;
    this.#excluded = excluded;
  }

  except(...sessions: readonly unknown[]): Audience<C> {
    return new SessionAudience(this.#options, this.#list, new Set([...(this.#excluded ?? []), ...sessions]));
  }

  send(type: string, data?: unknown, options: BroadcastOptions = {}): Broadcast<C> {
    checkTypeName(type);
    const { budget, codec, clock } = this.#options;
    const payload = encode(codec, data);
    const shared = budget?.share(payload.length) ?? null;
    const message = { type, payload, shared, confirm: options.confirm ?? this.#options.confirm };
    return broadcast(this.#list(), this.#excluded, message, clock.now());
  }
}
