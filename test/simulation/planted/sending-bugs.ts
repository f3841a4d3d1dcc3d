/** Planted bugs of the sending half: ids, windows, acknowledgements, outcomes. */
import type { PlantedBug } from './planted-bug.ts';

const session = 'packages/core/src/session';

export const SENDING_BUGS: readonly PlantedBug[] = [
  {
    name: 'a message is confirmed when it is received, not when it is settled',
    file: `${session}/in-flight.ts`,
    find: 'for (let id = this.#settled + 1; id <= settled; id += 1)',
    replace: 'for (let id = this.#settled + 1; id <= received; id += 1)',
    seed: 1,
    found: ['confirmed but not handled'],
  },
  {
    name: 'the window is not returned for refused messages',
    file: `${session}/in-flight.ts`,
    find: `    this.settledCount += 1;
    if (message.isWindowed) {`,
    replace: `    this.settledCount += 1;
    if (message.isWindowed && refusal === null) {`,
    seed: 3,
    found: ['lost', 'silent loss'],
  },
  {
    name: 'what a message had on its way when the connection was lost stays counted',
    file: `${session}/sender.ts`,
    find: `this.#inFlight.rewind(received);
    this.#transit.restart();`,
    replace: 'this.#inFlight.rewind(received);',
    seed: 43,
    found: ['lost', 'silent loss'],
  },
  {
    name: 'credit is never returned for a message that was written in part when the connection was lost',
    file: `${session}/in-flight.ts`,
    find: 'message.writtenBytes = 0;',
    replace: `if (message.isWindowed && message.writtenBytes > 0) {
        this.windowedMessages += 1;
        this.windowedBytes += message.size;
      }
      message.writtenBytes = 0;`,
    seed: 6,
    found: ['lost', 'silent loss'],
  },
  {
    name: 'a written message is said to be not delivered when the connection is lost',
    file: `${session}/outcome.ts`,
    find: "outcome: message.isWhollyWritten ? 'unknown' : 'not-delivered',",
    replace: "outcome: 'not-delivered',",
    seed: 1,
    found: ['wrong report'],
  },
  {
    name: 'an answer waits behind the messages that wait for the window',
    file: `${session}/outbox.ts`,
    find: `    if (!message.isWindowed) {
      this.#answers.push(message);`,
    replace: `    if (!message.isWindowed) {
      this.#messages.push(message);`,
    seed: 120,
    found: ['lost', 'silent loss'],
  },
  {
    name: 'requests that await their answer are forgotten when the connection is lost',
    file: `${session}/sender.ts`,
    find: 'const undecided = new Set([...this.#inFlight.clear(), ...this.#requests.values()]);',
    replace: 'const undecided = new Set([...this.#inFlight.clear()]);',
    seed: 1,
    found: ['silent loss'],
  },
  {
    name: 'a request counts as answered when it is settled',
    file: `${session}/sender.ts`,
    find: "if (message.kind !== 'request') this.#finish(message);",
    replace: "message.reply ??= NO_DATA; this.#move(message, 'handled');",
    seed: 1,
    found: ['phantom', 'refused but confirmed', 'broken protocol'],
  },
  {
    name: 'what a handler refused is said to be safe to retry',
    file: 'packages/core/src/errors/delivery-error.ts',
    find: "return this.refusal?.code === 'ERR_HW_NO_HANDLER';",
    replace: 'return this.refusal !== undefined;',
    seed: 1,
    found: ['wrong report'],
  },
  {
    name: 'a message that makes two steps at once is counted twice',
    file: 'packages/core/src/runtime/session-driver.ts',
    find: 'if (!message.tell(nowMs) || !message.isDecided) continue;',
    replace: 'message.tell(nowMs); if (!message.isDecided) continue;',
    seed: 1,
    found: ['wrong report'],
  },
];
