/**
 * An exchange between two sessions that has something of everything, in a few kilobytes: messages, requests, chunks, refusals, handlers that finish late
 * and out of order, small windows, and a goodbye at the end. What a test loses on the way, and where, is its own business.
 */
import { HANDLED, SessionPair, refusedWith, type SessionPairOptions } from './session-pair.ts';
import type { SeededRandom } from './seeded-random.ts';

export interface ExchangeOptions extends Omit<SessionPairOptions, 'cutAt'> {
  /** Lose the connection instead of delivering these pieces, counted from the end of the first handshake. */
  readonly cutAt?: readonly number[];
  /** Pieces of at most this many bytes. Default 90. */
  readonly sliceBytes?: number;
  /** Who says goodbye. Default: the client. */
  readonly endedBy?: 'client' | 'server' | 'both';
}

const ROUNDS = 5;
/** Longer than any sequence of losses in a test takes to be mended. */
const REST_MS = 400;

/** Returns when everything that could happen has happened. */
export function exchange({
  sliceBytes = 90,
  endedBy = 'client',
  cutAt = [],
  ...options
}: ExchangeOptions): SessionPair {
  const pair = SessionPair.open({
    slice: (random) => random.integer(1, sliceBytes),
    windowMs: 10_000,
    client: { announcement: { frameMaxBytes: 1024, windowMessages: 3, maxRequests: 2 } },
    server: { announcement: { frameMaxBytes: 1024, windowMessages: 4, maxRequests: 2 } },
    ...options,
  });
  pair.cutAfter(cutAt);
  const finishSome = dawdle(pair);
  for (let round = 0; round < ROUNDS; round += 1) {
    talk(pair, round);
    pair.advance(3);
    finishSome();
  }
  for (const end of pair.ends) if (endedBy === 'both' || end === pair[endedBy]) end.sayGoodbye();
  for (let restMs = 0; restMs < REST_MS && pair.client.session.status !== 'closed'; restMs += 4) {
    pair.advance(4);
    finishSome();
  }
  pair.advance(50);
  return pair;
}

/** Everything that is called slow stays running; the returned function ends half of it, not in the order in which it began. */
function dawdle(pair: SessionPair): () => void {
  let running: (() => void)[] = [];
  for (const end of pair.ends) {
    end.onMessage = (_, text) => {
      const verdict = text.includes('bad') ? refusedWith('bad') : HANDLED;
      if (!text.includes('slow')) return verdict;
      running.push(() => end.finish(text, verdict));
      return null;
    };
  }
  return () => {
    const ending = running.filter((_, index) => index % 2 === 0 || running.length < 3).reverse();
    running = running.filter((finish) => !ending.includes(finish));
    for (const finish of ending) finish();
    pair.settle();
  };
}

function talk({ client, server }: SessionPair, round: number): void {
  client.send(`cm${round} ${round % 3 === 0 ? 'slow' : ''}`, round === 2 ? 2500 : 0);
  client.request(`cq${round} ${round % 2 === 0 ? 'slow' : 'bad'}`);
  client.request(`cr${round} slow bad`);
  server.send(`sm${round} ${round % 2 === 0 ? 'bad' : ''}`);
  server.send(`sn${round} slow ${round % 2 === 0 ? '' : 'bad'}`);
  server.request(`sq${round} slow`, round === 1 ? 1500 : 0);
  client.send(`other${round} bad`, 0, `type ${round}`);
}

/** Slices of one seed are those of no other. */
export function anyPiece(random: SeededRandom): number {
  return random.pick([1, 10, 100, 1000, Infinity]);
}
