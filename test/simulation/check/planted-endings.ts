/** Planted histories of ends: with one thing wrong, and others that are allowed and come close. */
import type { Happening, LeavingReport } from '../history/history.ts';
import type { PlantedHistory } from './planted-history.ts';
import type { ViolationClass } from './violation.ts';

type Write = (history: PlantedHistory) => PlantedHistory;

const end: Happening = { type: 'half-ending', object: 'client', call: 1 };
const ended: Happening = { type: 'half-ended', object: 'client', call: 1, isSettled: true };
const invited: Happening = { type: 'invited', object: 'client', afterMs: 100 };
const dismissed: Happening = { type: 'dismissed', object: 'client' };
const leaving: Happening = { type: 'leaving', process: 'ps' };
const remembering: Happening = { type: 'remembering' };
const halfEnded: Happening = { type: 'half-ended', object: 'server', call: 2, isSettled: true };

const QUIET: LeavingReport = { sessions: 1, closed: 1, handled: 0, notDelivered: 0, refused: 0, unknown: 0 };

function left(report: LeavingReport): Happening {
  return { type: 'left', process: 'ps', report };
}

function way(ms: number): Happening {
  return { type: 'way', from: 'pc', to: 'ps', ms };
}

function evicted(limit: string, waiting: number): Happening {
  return { type: 'evicted', object: 'server', limit, waiting, max: 1 };
}

/** The server is done with the session before the client comes back and begins another one. */
function late(history: PlantedHistory, from: number, to: number): PlantedHistory {
  return history.close('server', 'expired').gap(from, to).open('client', 'S2');
}

export const PLANTED_ENDINGS: readonly (readonly [ViolationClass, string, Write])[] = [
  ['sent after the end', 'after end()', (h) => h.note(end).send(1).handle(1).tell(1, 'handled').note(ended)],
  ['sent after the end', 'after the invitation', (h) => h.note(invited).send(1).handle(1).tell(1, 'handled')],
  ['silent loss', 'end() is never told', (h) => h.note(end)],
  ['lost', 'end() does not wait', (h) => h.send(1).note(end).note(ended).handle(1).tell(1, 'handled')],
  ['unwanted end', 'nobody had asked for it', (h) => h.close('client')],
  ['unwanted end', 'one direction only was to end', (h) => h.note(end).note(ended).close('server')],
  ['too early', 'at once', (h) => h.note(invited).note(dismissed).open('client', 'S2')],
  ['too early', 'a little', (h) => h.note(invited).note(dismissed).passMs(90).open('client', 'S2')],
  [
    'wrong close report',
    'of a server that leaves',
    (h) =>
      h
        .send(1)
        .note(leaving)
        .handle(1)
        .tell(1, 'handled')
        .close('server')
        .note(left({ ...QUIET, closed: 0 })),
  ],
  ['lost', 'what waited is not taken along', (h) => h.queue(1).tell(1, 'not-delivered').gap(0, 0).open('client', 'S2')],
  [
    'needless doubt',
    'handled, and the server knew',
    (h) => late(h.note(remembering).send(1).handle(1).tell(1, 'unknown'), 1, 1),
  ],
  [
    'needless doubt',
    'never begun, and the server knew',
    (h) => late(h.note(remembering).send(1).send(2).handle(1).tell(1, 'handled').tell(2, 'unknown'), 2, 2),
  ],
  ['begun too late', 'with no way at all', (h) => h.send(1, { limitMs: 9, expiresInMs: 9 }).passMs(20).handle(1)],
  [
    'begun too late',
    'by more than the way',
    (h) => h.note(way(10)).send(1, { limitMs: 9, expiresInMs: 9 }).passMs(30).handle(1),
  ],
  ['wrong eviction', 'as many wait as may', (h) => h.note(evicted('maxSessions', 1)).close('server', 'evicted')],
  ['wrong eviction', 'without a word', (h) => h.close('server', 'evicted')],
  ['wrong eviction', 'it goes on', (h) => h.note(evicted('totalBytes', 0))],
];

export const ALLOWED_ENDINGS: readonly (readonly [string, Write])[] = [
  ['the end of one direction', (h) => h.send(1).note(end).handle(1).tell(1, 'handled').note(ended)],
  [
    'the end of both directions, one by one',
    (h) =>
      h.note(end).note({ type: 'half-ending', object: 'server', call: 2 }).note(ended).note(halfEnded).close('client'),
  ],
  ['a client that comes in time', (h) => h.note(invited).note(dismissed).passMs(100).open('client', 'S2').gap(0, 0)],
  [
    'a client that loses its session before it has left',
    (h) => h.note(invited).gap(0, 0).open('client', 'S2').note(dismissed).open('client', 'S2', 2),
  ],
  [
    'a server that leaves',
    (h) => h.send(1).note(leaving).handle(1).tell(1, 'handled').close('server').note(left(QUIET)),
  ],
  [
    'doubt about what a server still did when it was over',
    (h) => late(h.note(remembering).send(1).handle(1).tell(1, 'handled').send(2).start(2).tell(2, 'unknown'), 2, 2),
  ],
  ['doubt where nobody is asked', (h) => h.send(1).handle(1).tell(1, 'unknown').gap(1, 1).open('client', 'S2')],
  [
    'begun late by the way of the handshake',
    (h) => h.note(way(25)).send(1, { limitMs: 9, expiresInMs: 9 }).passMs(30).handle(1).tell(1, 'handled'),
  ],
  ['too many wait', (h) => h.note(evicted('maxSessions', 2)).close('server', 'evicted')],
];
