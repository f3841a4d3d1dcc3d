/** Planted bugs of second connections: what is heard, written and given up while there are two. */
import type { PlantedBug } from './planted-bug.ts';

const session = 'packages/core/src/session';
const runtime = 'packages/core/src/runtime';

export const RACING_BUGS: readonly PlantedBug[] = [
  {
    name: 'what the first connection brings after HELLO is read',
    file: `${runtime}/attachment.ts`,
    find: 'this.#held.add(chunk);\n      this.#owner.overheard();',
    replace: 'this.#owner.received(chunk);',
    seed: 40,
    found: ['stale epoch', 'broken protocol', 'duplicate', 'lost', 'handled after withdrawn'],
  },
  {
    name: 'the first connection is written on after HELLO',
    file: `${session}/session.ts`,
    find: 'if (connection === null || this.#isConnectionHeld) return null;',
    replace: 'if (connection === null) return null;',
    seed: 11,
    found: ['written behind'],
  },
  {
    name: 'a refusal does not bring back what was held',
    file: `${runtime}/session-driver.ts`,
    find: 'for (const chunk of held.chunks) this.received(chunk);',
    replace: '',
    seed: 475,
    found: ['broken protocol', 'lost', 'silent loss'],
  },
  {
    name: 'a refusal does not bring the first connection back',
    file: `${session}/session.ts`,
    find: 'releaseConnection(): void {\n    this.#isConnectionHeld = false;',
    replace: 'releaseConnection(): void {',
    seed: 63,
    found: ['broken protocol', 'lost', 'silent loss', 'overdue'],
  },
  {
    name: 'any failure of the second connection brings the first one back',
    file: `${runtime}/racer.ts`,
    find: 'this.#switch();\n    attachment.closed(cause);',
    replace:
      "this.#second = null;\n attachment.replace();\n attachment.closed(cause);\n this.#failed('refused', cause);\n this.#host.release();",
    seed: 826,
    found: ['broken protocol', 'lost', 'handled after withdrawn', 'wrong gap range', 'stale epoch', 'unwanted end'],
  },
  {
    name: 'two second connections are made',
    file: `${runtime}/racer.ts`,
    find: 'this.#how.dialBeside(goal);',
    replace: 'this.#how.dialBeside(goal);\n    this.#host.expectFormerLink();\n    this.#how.dialBeside(goal);',
    seed: 11,
    found: ['too many dials'],
  },
  {
    name: 'a first connection that speaks does not end the race',
    file: `${session}/race.ts`,
    find: "    heard: ['calm', 'abandon'],\n",
    replace: '',
    seed: 22,
    found: ['needless race'],
  },
  {
    name: 'a session does not wait for the link of a race that it left',
    file: `${runtime}/racer.ts`,
    find: '      dialFailed: (cause) => {\n        this.#host.formerLinkGone();',
    replace: '      dialFailed: (cause) => {',
    seed: 15,
    found: ['lost', 'silent loss'],
  },
];
