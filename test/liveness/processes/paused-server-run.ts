/**
 * A server's process that is stopped for a while under many clients, and goes on: nobody may be lost, and the clients may not all come at once (promises P3, P15).
 */
import type { HeartbeatPreset } from '@heartwire/core';
import { Processes, ask, pause } from './processes.ts';
import type { Report } from './program-words.ts';

export interface PausedServerOptions {
  readonly heartbeat: HeartbeatPreset;
  readonly clients: number;
  readonly pauseMs: number;
  /** How long until everything is as before. */
  readonly settleMs: number;
}

export interface PausedServerResult {
  readonly clients: Report;
  readonly server: Report;
}

/** Half of them before the pause, so that each end has something under way. */
export async function runPausedServer(options: PausedServerOptions): Promise<PausedServerResult> {
  const { heartbeat, clients, pauseMs, settleMs } = options;
  const processes = await Processes.prepare();
  try {
    const { child: server, address } = await processes.server({ heartbeat, transport: 'tcp' });
    const crowd = await processes.crowd({ address, count: clients, name: 'crowd', heartbeat });
    await pause(1000);
    server.kill('SIGSTOP');
    await ask(crowd, { do: 'send' });
    await pause(pauseMs / 2);
    await ask(crowd, { do: 'send' });
    await pause(pauseMs / 2);
    server.kill('SIGCONT');
    await pause(settleMs);
    return { clients: await ask(crowd, { do: 'report' }), server: await ask(server, { do: 'report' }) };
  } finally {
    await processes.end();
  }
}
