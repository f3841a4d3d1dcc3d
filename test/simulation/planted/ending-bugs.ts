/** Planted bugs of ends: of one direction, of a server that wants its clients back, of sessions whose time is over, of messages that expire. */
import type { PlantedBug } from './planted-bug.ts';

const session = 'packages/core/src/session';
const runtime = 'packages/core/src/runtime';

export const ENDING_BUGS: readonly PlantedBug[] = [
  {
    name: 'the end of one direction asks for the end of the other one',
    file: `${session}/farewell.ts`,
    find: 'this.#hasAsked = this.hasBegun;',
    replace: 'this.#hasAsked = true;',
    seed: 500,
    found: ['unwanted end'],
  },
  {
    name: 'the end of one direction does not wait for what is still to be sent',
    file: `${session}/farewell.ts`,
    find: 'return (this.hasBegun || this.endsSending) && isIdle;',
    replace: 'return this.endsSending || (this.hasBegun && isIdle);',
    seed: 24,
    found: ['broken protocol', 'lost', 'silent loss'],
  },
  {
    name: 'a client comes again at once, whatever the server that left had asked for',
    file: `${session}/departure.ts`,
    find: 'retryAfter: reconnectMinMs,',
    replace: 'retryAfter: 0,',
    seed: 252,
    found: ['too early'],
  },
  {
    name: 'the report of a server that leaves forgets what was refused',
    file: `${runtime}/drain-report.ts`,
    find: 'refused: sum(({ refused }) => refused),',
    replace: 'refused: 0,',
    seed: 525,
    found: ['wrong close report'],
  },
  {
    name: 'a session that is over leaves nothing behind',
    file: `${runtime}/tombstones.ts`,
    find: 'this.#kept.set(id, { grave, bytes, untilMs: nowMs + keepMs });',
    replace: 'if (bytes >= 0) return;',
    seed: 1,
    found: ['needless doubt'],
  },
  {
    name: 'the time of a message is counted from its arrival',
    file: `${session}/receiver.ts`,
    find: 'message.expiresAtMs = this.originMs + expiresMs;',
    replace: 'message.expiresAtMs = nowMs + expiresMs;',
    seed: 16,
    found: ['begun too late'],
  },
  {
    name: 'a session has to go when as many wait as may',
    file: `${runtime}/suspended-sessions.ts`,
    find: 'while (this.#heldBytes.size > maxSessions)',
    replace: 'while (this.#heldBytes.size >= maxSessions)',
    seed: 5,
    found: ['wrong eviction'],
  },
  {
    name: 'a goodbye whose answer was lost is not said again',
    file: `${session}/goodbye.ts`,
    find: "if (this.#sending === 'goodbye') this.#sending = 'open';",
    replace: '',
    seed: 9,
    found: ['lost', 'overdue'],
  },
];
