/** Many clients in a process of their own. Argument: `CrowdArguments` as JSON. */
import { connect, type AnySession } from '@heartwire/core';
import { tcp } from '@heartwire/transport-tcp';
import { ws } from '@heartwire/transport-ws';
import { Program } from './program.ts';
import type { CrowdArguments } from './program-words.ts';

/** The server's queue of new connections is short. */
const AT_ONCE = 50;

const { address, count, name, heartbeat } = JSON.parse(process.argv[2]!) as CrowdArguments;
const sessions: AnySession[] = [];
const program = new Program(() => sessions);
const dialer = address.startsWith('ws') ? ws(address) : tcp(address);

while (sessions.length < count) {
  const some = Array.from({ length: Math.min(AT_ONCE, count - sessions.length) }, () => {
    const session = connect(dialer, { name, heartbeat });
    program.adopt(session, 'server');
    sessions.push(session);
    return session.ready;
  });
  await Promise.all(some);
}
process.send!('ready');
