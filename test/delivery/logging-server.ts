// A server that writes the number of each message down before its handler returns. Arguments: the transport, the port (0: a free one), the log.
import { openSync, writeSync } from 'node:fs';
import { serve } from '@heartwire/core';
import { tcpServer } from '@heartwire/transport-tcp';
import { wsServer } from '@heartwire/transport-ws';

const [transport, port, log = ''] = process.argv.slice(2);
const file = openSync(log, 'a');
const where = { port: Number(port), host: '127.0.0.1' };

/** One handler of so many takes its time, so that messages are delivered and not handled when the end comes. */
const SLOW_EACH = 200;
const SLOW_MS = 2;

const server = await serve(transport === 'ws' ? wsServer(where) : tcpServer(where), {
  session(session) {
    session.handle('note', async ({ number }: { number: number }) => {
      if (number % SLOW_EACH === 0) await new Promise((done) => setTimeout(done, SLOW_MS));
      // What has been written to a file outlives the process.
      writeSync(file, `${number}\n`);
    });
  },
});
process.on('disconnect', () => process.exit());
process.send!(server.addresses[0]);
