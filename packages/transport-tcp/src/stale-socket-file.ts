/**
 * The socket file that a killed server leaves behind.
 *
 * Its file stays, and `listen` says `EADDRINUSE` although nobody listens. Only a connection tells a dead server's file from a
 * live one's: `ECONNREFUSED` means that no process holds it. A live server sees a connection that ends at once.
 */
import { lstat, unlink } from 'node:fs/promises';
import { connect } from 'node:net';

/** Remove the file if it is a socket that no server holds any more. True when the path is free now. */
export async function removeStaleSocketFile(path: string): Promise<boolean> {
  try {
    if (!(await lstat(path)).isSocket() || !(await isRefused(path))) return false;
    await unlink(path);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

function isRefused(path: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      done(false);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => done(error.code === 'ECONNREFUSED'));
  });
}
