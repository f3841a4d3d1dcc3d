/**
 * What two programs say to each other, as a type. It costs nothing at run time.
 *
 * `up` goes from client to server, `down` from server to client. A payload type is a message, a function type is a request; a payload
 * of `undefined` may be left out.
 *
 * ```ts
 * interface Chat {
 *   up: { say: { room: string; text: string }; members: (room: string) => string[] };
 *   down: { said: { from: string; text: string } };
 * }
 * ```
 */
export interface Contract {
  up: object;
  down: object;
  /** What `authenticate` made of the client's credentials. */
  auth?: unknown;
}

/** The contract of those who give none: anything goes. */
export interface AnyContract {
  // oxlint-disable-next-line typescript/no-explicit-any -- only `any` is a payload and a request at once
  up: Record<string, any>;
  // oxlint-disable-next-line typescript/no-explicit-any
  down: Record<string, any>;
}

type RequestFunction = (argument: never) => unknown;

/** Only `any` is more than everything. */
export type IsAny<T> = 0 extends 1 & T ? true : false;

/** The names of the messages in one direction of a contract. */
export type MessageKey<M> = { [K in keyof M]: M[K] extends RequestFunction ? never : K }[keyof M] & string;
/** The names of the requests in one direction of a contract. */
export type RequestKey<M> = { [K in keyof M]: M[K] extends RequestFunction ? K : never }[keyof M] & string;
/** What a request takes; `any` where the contract says nothing. */
export type Argument<F> =
  IsAny<F> extends true
    ? F
    : F extends (...args: infer A) => unknown
      ? A extends [infer X, ...unknown[]]
        ? X
        : undefined
      : never;
/** What a request answers; `any` where the contract says nothing. */
export type Reply<F> = IsAny<F> extends true ? F : F extends (...args: never[]) => infer R ? Awaited<R> : never;

/** Payload and options as parameters; a payload that may be undefined may be left out. */
export type PayloadParameters<T, Options> = undefined extends T
  ? [data?: T, options?: Options]
  : [data: T, options?: Options];
