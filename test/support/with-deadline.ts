/**
 * The result of `promise`, or an error that says what did not happen within `ms` milliseconds.
 *
 * The timer keeps the process alive on purpose: a test whose promise nothing will ever settle must fail, not fall silent.
 */
export async function withDeadline<T>(ms: number, promise: PromiseLike<T>, what: string | (() => string)): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => {
      fail(new Error(`not within ${ms} ms: ${typeof what === 'string' ? what : what()}`));
    }, ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
