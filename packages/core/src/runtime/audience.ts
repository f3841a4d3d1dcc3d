import { HeartwireError } from '../errors/heartwire-error.ts';
import { VOLATILE_MAX_BYTES } from '../wire/wire-limit.ts';
import type { Audience, Broadcast, BroadcastOptions } from './audience-api.ts';
import { broadcast, type Recipient } from './broadcast.ts';
import type { Contract } from './contract.ts';
import type { ResolvedOptions } from './options.ts';
import type { VolatileOptions } from './session-api.ts';
import { checkTypeName, encode } from './session-handle.ts';
import { checkTimes } from './time-limit.ts';
import { volatileKey } from './volatile-key.ts';

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
    checkTimes(options);
    const { budget, codec, clock } = this.#options;
    const { confirm = this.#options.confirm, timeout, expiresIn, signal } = options;
    const times = timeout === undefined && expiresIn === undefined ? undefined : { timeout, expiresIn };
    const payload = encode(codec, data);
    const shared = budget?.share(payload.length) ?? null;
    const message = { type, payload, shared, confirm, times };
    return broadcast(this.#list(), this.#excluded, message, clock.now(), signal);
  }

  volatile(type: string, data?: unknown, { key }: VolatileOptions = {}): void {
    checkTypeName(type);
    const value = { name: type, key: volatileKey(key), payload: encode(this.#options.codec, data) };
    const size = value.payload.length;
    if (size > VOLATILE_MAX_BYTES) {
      const detail = `a volatile value of ${size} bytes, at most ${VOLATILE_MAX_BYTES} are allowed`;
      throw new HeartwireError('ERR_HW_MESSAGE_TOO_LARGE', { by: 'local', detail });
    }
    for (const recipient of this.#list()) {
      if (this.#excluded?.has(recipient) !== true) recipient.driver.shareVolatile(value);
    }
  }
}
