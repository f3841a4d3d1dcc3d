// What runs in the page: the cases of the compliance suite, one at a time as Node asks for them, and a client for a server in Node.
import { connect } from '@heartwire/core';
import { ws } from '@heartwire/transport-ws';
import { CASES } from '../compliance/cases/index.ts';
import type { ComplianceTarget } from '../compliance/compliance-target.ts';
import { runCase } from '../compliance/heartwire-compliance.ts';
import { remoteListener } from './remote-listener.ts';

/** What Node calls. */
export interface PageApi {
  runCase(title: string): Promise<void>;
  talk(address: string, words: readonly string[]): Promise<{ stages: string[]; answer: unknown; rtt: number }>;
  stay(address: string): Promise<void>;
}

const api: PageApi = {
  async runCase(title) {
    const run = CASES.get(title);
    if (run === undefined) throw new Error(`there is no case "${title}"`);
    await runCase(run, target).catch(explain);
  },

  async talk(address, words) {
    const session = connect(ws(address));
    const receipts = await Promise.all(words.map((word) => session.send('say', word)));
    const answer: unknown = await session.request('count');
    const { rtt } = await session.ping();
    await session.close({ reason: 'the page has said everything' });
    return { stages: receipts.map(({ stage }) => stage), answer, rtt };
  },

  async stay(address) {
    // The server is to see it end: a session that may be resumed would be kept for a while.
    await connect(ws(address), { reconnect: false }).ready;
  },
};
Object.assign(globalThis, { api });

async function target(): Promise<ComplianceTarget> {
  const { listener, close } = await remoteListener();
  return {
    listener,
    dialer: (address) => ws(address),
    name: 'ws',
    // A page can only close in order, and it is told nothing of a reset, nor why nobody answers.
    whenDestroyed: { clientSees: ['lost'], serverSees: ['finished'] },
    whenNobodyListens: ['lost'],
    close,
  };
}

/** An error crosses to Node as its text alone, so what was compared has to be in it. */
function explain(error: Error & { actual?: unknown; expected?: unknown }): never {
  if (!('expected' in error)) throw error;
  const show = (value: unknown): string =>
    JSON.stringify(value, (_, it: unknown) => (typeof it === 'bigint' ? `${it}n` : it));
  error.message += ` actual ${show(error.actual)}, expected ${show(error.expected)}`;
  throw error;
}
