/** The error that a promise rejects with; throws when it resolves. */
export function rejectionOf(promise: PromiseLike<unknown>): Promise<Error> {
  return Promise.resolve(promise).then(
    () => {
      throw new Error('it resolved');
    },
    (error: unknown) => error as Error,
  );
}
