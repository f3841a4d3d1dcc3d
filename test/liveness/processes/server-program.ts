/** A server in a process of its own. Argument: `ServerArguments` as JSON. */
import { serve, type Server, type AnyContract } from '@heartwire/core';
import { tcpServer } from '@heartwire/transport-tcp';
import { wsServer } from '@heartwire/transport-ws';
import { Program } from './program.ts';
import type { ServerArguments } from './program-words.ts';

const { heartbeat, transport } = JSON.parse(process.argv[2]!) as ServerArguments;
const where = { port: 0, host: '127.0.0.1', backlog: 1024 };
let server: Server<AnyContract> | null = null;
const program = new Program(() => server?.sessions.values() ?? []);
server = await serve(transport === 'ws' ? wsServer(where) : tcpServer(where), {
  heartbeat,
  session: (session) => program.adopt(session, session.peer.name ?? ''),
});
server.events$.subscribe(({ type }) => {
  program.serverEvents[type] = (program.serverEvents[type] ?? 0) + 1;
});
process.send!(server.addresses[0]);
