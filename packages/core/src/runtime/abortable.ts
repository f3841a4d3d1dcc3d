/** The same promise for one who may lose interest: it rejects with the signal's reason, as `fetch` does, when that is aborted first. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => {
      const reason = signal.reason as Error;
      reject(reason);
    };
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    const letGo = (): void => signal.removeEventListener('abort', abort);
    promise.then(resolve, reject).finally(letGo);
  });
}
