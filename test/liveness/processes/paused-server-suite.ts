import { suite, type Test } from 'uvu';
import * as assert from 'uvu/assert';
import { runPausedServer, type PausedServerOptions } from './paused-server-run.ts';

/** Messages that each client sends while the server stands still. */
const MESSAGES = 2;

/** `turnsAway`: more come at once than may shake hands, and have to come again. */
export function pausedServerTest(options: PausedServerOptions & { readonly turnsAway?: boolean }): Test {
  const { clients: count, heartbeat, pauseMs, turnsAway = false } = options;
  const test = suite(`a server that is stopped for ${pauseMs} ms under ${count} clients, ${heartbeat}`);
  test(`turns ${turnsAway ? 'some' : 'nobody'} away, and nobody and nothing is lost`, async () => {
    const { clients, server } = await runPausedServer(options);
    const { events, losses, open, confirmed, failed } = clients;
    const { racing = 0, resumed = 0, gap = 0 } = events;
    const suspected = clients.verdicts.filter(({ status }) => status === 'suspect').length;
    console.log(
      `${suspected} of ${count} clients became suspicious, ${racing} second connections, ${resumed} resumptions, ${server.serverEvents['rejected'] ?? 0} turned away, losses ${JSON.stringify(losses)}; ${confirmed} of ${count * MESSAGES} messages confirmed, ${server.duplicated} twice`,
    );
    if (!turnsAway) assert.is(server.serverEvents['rejected'] ?? 0, 0);
    assert.equal([open, server.open, gap], [count, count, 0]);
    assert.equal([confirmed, failed, server.handled, server.duplicated], [count * MESSAGES, 0, count * MESSAGES, 0]);
  });
  return test;
}
