// What the cases wait for and look at.
import { DeliveryError, HeartwireError, type ServerEvent } from '@heartwire/core';
import { filter, firstValueFrom, type Observable } from 'rxjs';

/** Everything that the stream says from now on, as a list that grows. */
export function record<T>(stream: Observable<T>): T[] {
  const values: T[] = [];
  stream.subscribe((value) => values.push(value));
  return values;
}

/** The first value that fits. Rejects when the stream ends without one. */
export function until<T, Fitting extends T>(
  stream: Observable<T>,
  fits: (value: T) => value is Fitting,
): Promise<Fitting>;
export function until<T>(stream: Observable<T>, fits: (value: T) => boolean): Promise<T>;
export function until<T>(stream: Observable<T>, fits: (value: T) => boolean): Promise<T> {
  return firstValueFrom(stream.pipe(filter(fits)));
}

/** A connection that came to nothing. */
export type Rejection = ServerEvent & { readonly type: 'rejected' };

export function isRejection(event: ServerEvent): event is Rejection {
  return event.type === 'rejected';
}

/** The error with which a delivery failed. */
export function failureOf(delivery: PromiseLike<unknown>): Promise<DeliveryError> {
  return rejectionOf(delivery, DeliveryError);
}

/** The error of heartwire with which a promise was rejected. */
export function errorOf(promise: PromiseLike<unknown>): Promise<HeartwireError> {
  return rejectionOf(promise, HeartwireError);
}

/** The error of heartwire that a call throws. */
export function thrownBy(call: () => unknown): HeartwireError {
  try {
    call();
  } catch (error) {
    if (error instanceof HeartwireError) return error;
    throw error;
  }
  throw new Error('it threw nothing');
}

/** A promise, and the way to resolve it: something that a handler waits for until the case lets it go on. */
export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

export function gate(): Gate {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

async function rejectionOf<E extends Error>(
  promise: PromiseLike<unknown>,
  Class: new (...args: never[]) => E,
): Promise<E> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    if (error instanceof Class) return error;
    throw error;
  }
  throw new Error(`it did not fail: ${JSON.stringify(value)}`);
}
