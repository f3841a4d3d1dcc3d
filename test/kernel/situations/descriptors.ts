/** A process that has as many files and sockets open as it may (EMFILE). */
import type { Situation } from '../stage/situation.ts';
import { ALL } from './expectations.ts';
import { isConnection, isSaying, type Stage } from '../stage/stage.ts';

/** Node itself takes about twenty. */
const MAX_FILES = 48;

/** Dial one connection after the other until one does not stand; returns how many do. */
async function dialMany(stage: Stage): Promise<number> {
  for (let count = 0; count < MAX_FILES; count += 1) {
    const id = holder(stage, count);
    await stage.dial({ id });
    const phase = await phaseOf(stage, id, count + 1);
    if (phase === 'closed') return count;
  }
  throw new Error(`${MAX_FILES} connections stand, and no limit was reached`);
}

function holder(stage: Stage, number: number): string {
  return `${stage.id}-holder-${number}`;
}

/** Open on both sides, or closed. */
async function phaseOf(stage: Stage, id: string, count: number): Promise<string> {
  const closed = stage.observer.until('an answer', isConnection('closed', id)).then(() => 'closed');
  const open = stage.peer.until('an answer', isConnection('open', `peer-${count}`)).then(() => 'open');
  // The other one is never said.
  closed.catch(ignore);
  open.catch(ignore);
  return Promise.race([closed, open]);
}

/** Make room for one, and show that the server accepts it. */
async function acceptsAgain(stage: Stage, held: number): Promise<void> {
  const id = `${stage.id}-again`;
  await stage.observer.tell({ do: 'destroy', id: holder(stage, 0) });
  await stage.peer.until('a holder to go', isSaying('session-closed', 'peer-1'));
  await stage.dial({ id });
  await stage.peer.until('the server to accept again', isConnection('open', `peer-${held + 1}`));
  for (let number = 1; number < held; number += 1) stage.observer.throwIn({ do: 'destroy', id: holder(stage, number) });
  await stage.observer.tell({ do: 'destroy', id });
}

function ignore(): void {}

export const DESCRIPTORS: readonly Situation[] = [
  {
    name: 'emfile-on-dial',
    title: 'Our process has too many files and sockets open to dial another (EMFILE)',
    transports: ALL,
    place: 'loopback',
    files: { observer: MAX_FILES },
    happen: async (stage) => {
      await dialMany(stage);
      stage.mark();
      await stage.dial();
    },
    expected: {
      states: ['dialing', 'closed'],
      cause: 'unreachable (EMFILE)',
      evidence: { errno: 'EMFILE', syscall: 'connect' },
      sentence: /too many files and sockets are open here .*ulimit -n/,
    },
  },
  {
    name: 'emfile-on-accept',
    title: 'The process of the server has too many open to accept another (EMFILE); it accepts again once it has fewer',
    transports: ALL,
    place: 'loopback',
    files: { peer: MAX_FILES },
    happen: async (stage) => {
      const held = await dialMany(stage);
      // What we say first waits unread when it is turned away, every time.
      stage.peer.signal('SIGSTOP');
      await stage.dial();
      await stage.observerCaughtUp();
      stage.mark();
      stage.peer.signal('SIGCONT');
      await stage.observer.until('it to be turned away', isConnection('closed', stage.id));
      await acceptsAgain(stage, held);
    },
    expected: (transport) => ({
      states: transport === 'tcp' || transport === 'unix' ? ['dialing', 'open', 'closed'] : ['dialing', 'closed'],
      cause: 'reset',
      evidence: { errno: 'ECONNRESET', syscall: 'read' },
    }),
  },
];
