/**
 * The side whose view a situation is about: it dials, and tells all that heartwire tells it.
 *
 * One connection each, and no second one: what the kernel says is the subject here. It runs in every runtime, so it uses
 * nothing but the language, heartwire, and what it is given.
 */
import { connect, type AnySession, type Dialer } from '@heartwire/core';
import { narrate, nowAt } from './narrate.ts';
import type { ObserverCommand, Report } from './word.ts';

type ConnectCommand = Extract<ObserverCommand, { do: 'connect' }>;

/** How this runtime dials. */
export type DialerFor = (command: ConnectCommand) => Dialer;

/** Returns what carries out a command. `stop` stops the process until SIGCONT; not every runtime can. */
export function createObserver(
  dialerFor: DialerFor,
  report: (report: Report) => void,
  stop: () => void = () => {},
): (command: ObserverCommand) => void {
  const sessions = new Map<string, AnySession>();
  return (command) => {
    if (command.do === 'busy') {
      const until = performance.now() + command.ms;
      while (performance.now() < until);
      return;
    }
    if (command.do === 'connect') {
      const session = open(command, dialerFor);
      sessions.set(command.id, session);
      narrate(session, command.id, report);
      return;
    }
    const session = sessions.get(command.id);
    if (session === undefined) throw new Error(`there is no session ${command.id}`);
    if (command.do === 'freeze') freeze(session, command, report, stop);
    else if (command.do === 'send') send(session, command);
    else if (command.do === 'destroy') session.destroy();
    else void (command.do === 'end' ? session.end() : session.close({ timeout: 1000 })).catch(() => {});
  };
}

function open(command: ConnectCommand, dialerFor: DialerFor): AnySession {
  return connect(dialerFor(command), {
    heartbeat: command.heartbeat,
    reconnect: false,
    resume: false,
    limits: {
      ...(command.dialTimeout === undefined ? {} : { dialTimeout: command.dialTimeout }),
      ...(command.handshakeTimeout === undefined ? {} : { handshakeTimeout: command.handshakeTimeout }),
    },
  });
}

type FreezeCommand = Extract<ObserverCommand, { do: 'freeze' }>;

/** As a loop that is busy, but for exactly as long as the test wants it. */
function freeze(
  session: AnySession,
  { id, send: words }: FreezeCommand,
  report: (report: Report) => void,
  stop: () => void,
): void {
  report({ say: 'frozen', id, at: nowAt() });
  stop();
  report({ say: 'thawed', id, at: nowAt() });
  if (words !== undefined) send(session, words);
}

function send(session: AnySession, { count, bytes }: { count: number; bytes: number }): void {
  for (let index = 0; index < count; index += 1) session.send('say', 'x'.repeat(bytes)).catch(() => {});
}
