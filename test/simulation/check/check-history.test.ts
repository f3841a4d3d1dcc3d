// The judge is judged: a history with one thing wrong in it, and the class of violation that must come of it, at least twice for each class.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Happening, Tally } from '../history/history.ts';
import { checkHistory } from './check-history.ts';
import { ALLOWED_ENDINGS, PLANTED_ENDINGS } from './planted-endings.ts';
import { ALLOWED_RACES, PLANTED_RACES } from './planted-races.ts';
import { PlantedHistory } from './planted-history.ts';
import { VIOLATION_CLASSES, type ViolationClass } from './violation.ts';

type Write = (history: PlantedHistory) => PlantedHistory;

const NOTHING: Tally = { handled: 0, notDelivered: 0, refused: 0, unknown: 0 };
const ask = { kind: 'request', lane: 'ask', serial: false } as const;
const ending = { type: 'ending', object: 'client', call: 1, timeoutMs: 5000 } as const;

const PLANTED: readonly (readonly [ViolationClass, string, Write])[] = [
  ['lost', 'a message is left out', (h) => h.send(1).send(2).handle(2).tell(1, 'unknown').tell(2, 'handled')],
  [
    'lost',
    'a message is left out across a resumption',
    (h) =>
      h
        .send(1)
        .open('server', 'S1', 2)
        .open('client', 'S1', 2)
        .send(2)
        .handle(2, { epoch: 2 })
        .tell(1, 'unknown')
        .tell(2, 'handled'),
  ],
  ['lost', 'an orderly end leaves a message in doubt', (h) => h.send(1).handle(1).tell(1, 'unknown').close('client')],
  ['lost', 'nothing works although no fault is left', (h) => h.note({ type: 'stuck', what: 'c1 has no session' })],
  ['duplicate', 'handled twice in one session', (h) => h.send(1).handle(1).handle(1).tell(1, 'handled')],
  [
    'duplicate',
    'handled again in the session that came after',
    (h) =>
      h.send(1).handle(1).open('client', 'S2').open('server', 'S2').handle(1, { session: 'S2' }).tell(1, 'handled'),
  ],
  [
    'reordered',
    'the second before the first',
    (h) => h.send(1).send(2).handle(2).handle(1).tell(1, 'handled').tell(2, 'handled'),
  ],
  [
    'reordered',
    'the second before the first across a resumption',
    (h) =>
      h.send(1).send(2).handle(2).open('server', 'S1', 2).handle(1, { epoch: 2 }).tell(1, 'handled').tell(2, 'handled'),
  ],
  [
    'reordered',
    'the second while the first still runs',
    (h) => h.send(1).send(2).start(1).start(2).finish(1).finish(2).tell(1, 'handled').tell(2, 'handled'),
  ],
  ['phantom', 'a message that nobody sent', (h) => h.handle(7)],
  ['phantom', 'a message before it was sent', (h) => h.handle(1).send(1).tell(1, 'handled')],
  ['phantom', 'a message mixed with another', (h) => h.send(1).handle(1, { isIntact: false }).tell(1, 'handled')],
  ['phantom', 'a message that comes back', (h) => h.send(1).handle(1, { object: 'client' }).tell(1, 'handled')],
  [
    'phantom',
    'the answer of another request',
    (h) => h.send(1, ask).start(1).finish(1, null, -1).outcome(1, 'handled').settle(1, 'handled', -2),
  ],
  ['stale epoch', 'handled after the end', (h) => h.send(1).close('server', 'reset').handle(1).tell(1, 'handled')],
  [
    'stale epoch',
    'handled by a process that has crashed',
    (h) => h.send(1).note({ type: 'crash', process: 'ps' }).handle(1).tell(1, 'handled'),
  ],
  ['stale epoch', 'handled in another session', (h) => h.send(1).handle(1, { session: 'S9' }).tell(1, 'handled')],
  [
    'stale epoch',
    'handled on a connection that was superseded',
    (h) => h.send(1).open('server', 'S1', 2).handle(1).tell(1, 'handled'),
  ],
  [
    'stale epoch',
    'handled by the former owner of the session',
    (h) =>
      h
        .note({ type: 'object', object: 'heir', role: 'server', process: 'ph' })
        .send(1)
        .open('heir', 'S1')
        .handle(1)
        .tell(1, 'handled'),
  ],
  ['confirmed but not handled', 'never handled', (h) => h.send(1).tell(1, 'handled')],
  [
    'confirmed but not handled',
    'confirmed while the handler runs',
    (h) => h.send(1).start(1).tell(1, 'handled').finish(1),
  ],
  [
    'confirmed but not handled',
    'a correction that is not true',
    (h) => h.send(1).tell(1, 'unknown').correct(1, 'handled'),
  ],
  [
    'refused but confirmed',
    'refused by the handler and confirmed',
    (h) => h.send(1).start(1).finish(1, 'not-now').tell(1, 'handled'),
  ],
  ['refused but confirmed', 'handled and told as refused', (h) => h.send(1).handle(1).tell(1, 'refused', 'not-now')],
  [
    'refused but confirmed',
    'refused with another code',
    (h) => h.send(1).start(1).finish(1, 'not-now').tell(1, 'refused', 'never'),
  ],
  ['refused but confirmed', 'refused by nobody', (h) => h.send(1).tell(1, 'refused', 'not-now')],
  ['silent loss', 'a delivery without an outcome', (h) => h.send(1).handle(1)],
  ['silent loss', 'a promise that never settles', (h) => h.send(1).handle(1).outcome(1, 'handled')],
  ['silent loss', 'a goodbye without a report', (h) => h.note(ending)],
  ['wrong gap range', 'nothing is said of what is in doubt', (h) => h.send(1).open('client', 'S2').tell(1, 'unknown')],
  ['wrong gap range', 'too little is said', (h) => inDoubt(h).gap(2, 2)],
  ['wrong gap range', 'too much is said', (h) => inDoubt(h).gap(1, 9)],
  ['wrong gap range', 'a gap although nothing is in doubt', (h) => h.open('client', 'S2').gap(1, 1)],
  ['wrong gap range', 'a gap of a session that goes on after it', (h) => h.gap(1, 1).open('client', 'S1')],
  ['wrong report', 'not delivered, and handled', (h) => h.send(1).handle(1).tell(1, 'not-delivered')],
  [
    'wrong report',
    'a correction to not delivered, and handled',
    (h) => h.send(1).handle(1).tell(1, 'unknown').correct(1, 'not-delivered'),
  ],
  [
    'wrong report',
    'safe to retry, and handled',
    (h) => h.send(1).start(1).finish(1, 'no').outcome(1, 'refused', 'no', true).settle(1, 'failed'),
  ],
  ['wrong report', 'in doubt, and never written', (h) => h.queue(1).tell(1, 'unknown')],
  ['wrong report', 'two outcomes', (h) => h.send(1).handle(1).tell(1, 'handled').outcome(1, 'unknown')],
  ['wrong report', 'a certainty is corrected', (h) => h.send(1).handle(1).tell(1, 'handled').correct(1, 'unknown')],
  [
    'wrong report',
    'a promise that says otherwise',
    (h) => h.send(1).handle(1).outcome(1, 'handled').settle(1, 'failed'),
  ],
  [
    'wrong close report',
    'a report that misses one',
    (h) => h.send(1).handle(1).note(ending).tell(1, 'handled').report(1, NOTHING),
  ],
  [
    'wrong close report',
    'a report that counts what was known before',
    (h) =>
      h
        .send(1)
        .handle(1)
        .tell(1, 'handled')
        .note(ending)
        .report(1, { ...NOTHING, handled: 1 }),
  ],
  [
    'wrong report',
    'a failure that is told twice',
    (h) => h.send(1).tell(1, 'unknown').note({ type: 'undelivered', object: 'client' }),
  ],
  [
    'wrong report',
    'resumed, and never open before',
    (h) => h.note({ type: 'opened', object: 'client', session: 'S2', epoch: 1, resumed: true }),
  ],
  ['wrong report', 'cancelled, and nobody asked', (h) => h.send(1).tell(1, 'cancelled')],
  ['stale epoch', 'superseded by itself', (h) => h.close('client', 'superseded')],
  [
    'stale epoch',
    'a volatile value after the end',
    (h) => h.note(volatileSent(1)).close('server', 'reset').note(volatileStart(1)),
  ],
  [
    'reordered',
    'an older volatile value after a newer one',
    (h) =>
      h.note(volatileSent(1)).note(volatileSent(2)).note(volatileStart(2)).note(volatileDone(2)).note(volatileStart(1)),
  ],
  [
    'reordered',
    'a volatile value while another one of its key runs',
    (h) => h.note(volatileSent(1)).note(volatileSent(2)).note(volatileStart(1)).note(volatileStart(2)),
  ],
  [
    'duplicate',
    'a volatile value twice',
    (h) => h.note(volatileSent(1)).note(volatileStart(1)).note(volatileDone(1)).note(volatileStart(1)),
  ],
  ['phantom', 'a volatile value that nobody sent', (h) => h.note(volatileStart(1))],
  ['phantom', 'a volatile value that is not whole', (h) => h.note(volatileSent(1)).note(volatileStart(1, false))],
  ['handled after withdrawn', 'cancelled, and handled', (h) => h.send(1).withdraw(1).tell(1, 'cancelled').handle(1)],
  [
    'handled after withdrawn',
    'expired by a late proof, and handled',
    (h) => h.send(1, { limitMs: 9 }).handle(1).tell(1, 'unknown').correct(1, 'expired'),
  ],
  ['overdue', 'nobody says what became of it', (h) => h.send(1).withdraw(1).passMs(6000).tell(1, 'unknown')],
  ['overdue', 'its time is long up', (h) => h.send(1, { limitMs: 100 }).passMs(6000).tell(1, 'unknown')],
  ['overdue', 'a goodbye that takes for ever', (h) => h.note(ending).passMs(12_000).report(1, NOTHING)],
  ['wrong tally', 'one outcome too many', (h) => h.send(1).handle(1).tell(1, 'handled').outcome(1, 'handled')],
  [
    'wrong tally',
    'a broadcast that counts what was not',
    (h) =>
      h
        .send(1)
        .handle(1)
        .tell(1, 'handled')
        .note({ type: 'cast', ops: [1], counts: { handled: 0, refused: 1 } }),
  ],
  [
    'wrong gap range',
    'handled, and said to be not here',
    (h) => h.queue(1, { object: 'server' }).start(1, { object: 'client' }).gap(0, 0, 0),
  ],
  ['wrong gap range', 'nothing is said of a session that was replaced', (h) => h.open('client', 'S2')],
  [
    'wrong close report',
    'a correction that is not counted',
    (h) =>
      h
        .send(1)
        .handle(1)
        .note(ending)
        .tell(1, 'unknown')
        .correct(1, 'handled')
        .report(1, { ...NOTHING, unknown: 1 }),
  ],
  ['broken protocol', 'the client says so', (h) => h.close('client', 'protocol: sequence 3, expected 2')],
  ['broken protocol', 'the server says so', (h) => h.close('server', 'protocol: received 3, sent 2')],
];

function volatileSent(value: number): Happening {
  return { type: 'volatile-sent', value, object: 'client', slot: 'client 1' };
}

function volatileStart(value: number, isIntact = true): Happening {
  return { type: 'volatile-start', value, object: 'server', isIntact };
}

function volatileDone(value: number): Happening {
  return { type: 'volatile-finish', value, object: 'server' };
}

const planted = suite('the checker finds');
const ALL_PLANTED = [...PLANTED, ...PLANTED_ENDINGS, ...PLANTED_RACES];
for (const [of, name, write] of ALL_PLANTED) {
  planted(`${of}: ${name}`, () => {
    const { events } = write(new PlantedHistory());
    const classes = checkHistory(events).map((one) => one.class);
    assert.ok(classes.includes(of), `found: ${classes.join(', ') || 'nothing'}`);
  });
}
planted('at least two of every class', () => {
  for (const of of VIOLATION_CLASSES) assert.ok(ALL_PLANTED.filter(([one]) => one === of).length >= 2, of);
});
planted.run();

const ALLOWED: readonly (readonly [string, Write])[] = [
  ['in order and confirmed', (h) => h.send(1).send(2).handle(1).handle(2).tell(1, 'handled').tell(2, 'handled')],
  [
    'in order across a resumption',
    (h) =>
      h
        .send(1)
        .handle(1)
        .open('server', 'S1', 2)
        .open('client', 'S1', 2)
        .send(2)
        .handle(2, { epoch: 2 })
        .tell(1, 'handled')
        .tell(2, 'handled'),
  ],
  ['handled, and in doubt', (h) => h.send(1).handle(1).tell(1, 'unknown').close('client', 'reset')],
  ['in doubt, then known', (h) => h.send(1).handle(1).tell(1, 'unknown').correct(1, 'handled')],
  ['refused by the handler', (h) => h.send(1).start(1).finish(1, 'not-now').tell(1, 'refused', 'not-now')],
  ['refused because nobody is there', (h) => h.send(1).tell(1, 'refused', 'ERR_HW_NO_HANDLER')],
  [
    'requests beside each other',
    (h) =>
      h
        .send(1, ask)
        .send(2, ask)
        .start(1)
        .start(2)
        .finish(2, null, -2)
        .outcome(2, 'handled')
        .settle(2, 'handled', -2)
        .tell(1, 'unknown'),
  ],
  [
    'left without an outcome by a crash',
    (h) => h.send(1).handle(1).note(ending).note({ type: 'crash', process: 'pc' }),
  ],
  [
    'a message that was withdrawn between two others',
    (h) => h.send(1).withdraw(1).send(2).handle(2).tell(1, 'cancelled').tell(2, 'handled'),
  ],
  [
    'a message that was withdrawn between two others, and nobody knows whether in time',
    (h) => h.send(1).withdraw(1).send(2).handle(2).tell(2, 'handled').passMs(4900).tell(1, 'unknown'),
  ],
  ['withdrawn too late', (h) => h.send(1).withdraw(1).handle(1).tell(1, 'handled')],
  [
    'what was unknown when the end began is no part of its report',
    (h) => h.send(1).handle(1).tell(1, 'unknown').note(ending).correct(1, 'handled').report(1, NOTHING),
  ],
  [
    'volatile values of several keys beside each other, and some that never come',
    (h) =>
      h
        .note(volatileSent(1))
        .note({ type: 'volatile-sent', value: 2, object: 'client', slot: 'client 2' })
        .note(volatileSent(3))
        .note(volatileStart(2))
        .note(volatileStart(3))
        .note(volatileDone(3)),
  ],
  [
    'a broadcast whose outcome is corrected later',
    (h) =>
      h
        .send(1)
        .handle(1)
        .tell(1, 'unknown')
        .note({ type: 'cast', ops: [1], counts: { unknown: 1 } })
        .correct(1, 'handled'),
  ],
  [
    'what was in doubt of the old session is told, and the new one begins anew',
    (h) =>
      inDoubt(h)
        .gap(1, 2)
        .open('server', 'S2')
        .send(3, { session: 'S2' })
        .handle(3, { session: 'S2' })
        .tell(3, 'handled'),
  ],
  [
    'a report of what was open',
    (h) =>
      h
        .send(1)
        .handle(1)
        .note(ending)
        .tell(1, 'handled')
        .report(1, { ...NOTHING, handled: 1 }),
  ],
];

const allowed = suite('the checker allows');
for (const [name, write] of [...ALLOWED, ...ALLOWED_ENDINGS, ...ALLOWED_RACES]) {
  allowed(name, () => assert.equal(checkHistory(write(new PlantedHistory()).events), []));
}
allowed.run();

function inDoubt(history: PlantedHistory): PlantedHistory {
  return history.send(1).send(2).tell(1, 'unknown').tell(2, 'unknown').open('client', 'S2');
}
