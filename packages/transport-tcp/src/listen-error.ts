/** Name an error of `listen()` so that a person can act on it. It keeps the platform's `code`; the original is its `cause`. */
export function listenError(error: NodeJS.ErrnoException, place: string): Error {
  return Object.assign(new Error(sentenceOf(error, place), { cause: error }), { code: error.code });
}

function sentenceOf(error: NodeJS.ErrnoException, place: string): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `${place} is taken: another program listens there. Stop it, or choose another (port 0 takes a free one).`;
    case 'EACCES':
    case 'EPERM':
      return `${place} is not allowed to this user: ports below 1024 and foreign folders need more rights.`;
    case 'EADDRNOTAVAIL':
      return `${place} cannot be listened on: no network interface of this machine has that address.`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${place} cannot be listened on: the host name is not known.`;
    case 'ENOENT':
      return `${place} cannot be listened on: its folder does not exist.`;
    default:
      return `${place} cannot be listened on: ${error.message}`;
  }
}
