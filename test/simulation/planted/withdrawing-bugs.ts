/** Planted bugs of withdrawing: who is asked, what the answer means, and when the wait for it ends. */
import type { PlantedBug } from './planted-bug.ts';

const session = 'packages/core/src/session';

export const WITHDRAWING_BUGS: readonly PlantedBug[] = [
  {
    name: 'a message that was cancelled while it waited takes the turn of the next one',
    file: `${session}/lane.ts`,
    find: 'if (item?.isSettled !== true) return item;',
    replace: 'return item;',
    seed: 17,
    found: ['lost', 'silent loss', 'overdue'],
  },
  {
    name: 'a message that waits is handled although CANCEL was confirmed',
    file: `${session}/receiver.ts`,
    find: "else this.settle(message, { id: message.id, code: 'ERR_HW_CANCELLED', data: NO_DATA });",
    replace: `else {
        this.settle(message, { id: message.id, code: 'ERR_HW_CANCELLED', data: NO_DATA });
        message.isSettled = false;
      }`,
    seed: 17,
    found: ['handled after withdrawn', 'refused but confirmed'],
  },
  {
    name: 'a message whose handler runs is said to be cancelled',
    file: `${session}/receiver.ts`,
    find: "if (message.isBegun) message.withdraw('ERR_HW_CANCELLED');",
    replace: "if (message.isBegun && message.onWithdrawn !== null) message.withdraw('ERR_HW_CANCELLED');",
    seed: 16,
    found: ['handled after withdrawn'],
  },
  {
    name: 'the wait for the answer to CANCEL never ends',
    file: `${session}/withdrawals.ts`,
    find: 'this.#answers.add(message, nowMs + ANSWER_MS);',
    replace: '',
    seed: 2,
    found: ['overdue', 'silent loss'],
  },
  {
    name: 'a proof that comes after unknown is not told',
    file: `${session}/sender.ts`,
    find: "if (message.error?.outcome !== 'unknown') return;",
    replace: "if (message.error !== null || message.stage === 'failed') return;",
    seed: 77,
    found: ['lost'],
  },
  {
    name: 'VOID is no part of the digest',
    file: `${session}/in-flight.ts`,
    find: 'this.#wholeDigest = mixDigest(this.#wholeDigest, message.id, FRAME_TYPES[message.wireKind], size);',
    replace: `if (!message.isVoid) {
      this.#wholeDigest = mixDigest(this.#wholeDigest, message.id, FRAME_TYPES[message.wireKind], size);
    }`,
    seed: 78,
    found: ['wrong gap range', 'broken protocol', 'lost', 'duplicate'],
  },
  {
    name: 'VOID is received without its place in the digest',
    file: `${session}/receiver.ts`,
    find: 'for (let left = count; left > 0; left -= 1) this.#settleAtOnce(FrameType.VOID, 0, nowMs);',
    replace: 'for (let left = count; left > 0; left -= 1) this.#settleAtOnce(FrameType.MESSAGE, 0, nowMs);',
    seed: 78,
    found: ['wrong gap range', 'broken protocol', 'lost', 'duplicate'],
  },
  {
    name: 'what was withdrawn and not received is said to be withdrawn, and sent again all the same',
    file: `${session}/sender.ts`,
    find: '    message.isVoid = true;\n',
    replace: '',
    seed: 11,
    found: ['handled after withdrawn'],
  },
  {
    name: 'a written message is withdrawn without asking',
    file: `${session}/sender.ts`,
    find: 'if (message.id > 0) return this.#doubt(message, nowMs);',
    replace: "if (message.stage === 'delivered') return this.#doubt(message, nowMs);",
    seed: 6,
    found: ['handled after withdrawn', 'wrong report', 'lost', 'silent loss'],
  },
  {
    name: 'a message that was withdrawn while it waited keeps its room in the outbox',
    file: `${session}/outbox.ts`,
    find: '    this.#withdrawn += 1;\n    this.#bytes -= message.size;',
    replace: '    this.#bytes -= message.size;',
    seed: 2,
    found: ['silent loss', 'wrong report', 'handled after withdrawn', 'broken protocol', 'lost'],
  },
  {
    name: 'a request that was cancelled before its handler began still counts as unanswered',
    file: `${session}/inbox.ts`,
    find: 'if (message.isRequest) this.#unanswered -= 1;\n    const { lane } = message;',
    replace: 'const { lane } = message;\n    if (message.isRequest && lane !== null) this.#unanswered -= 1;',
    seed: 1,
    found: ['lost', 'overdue'],
  },
  {
    name: 'a time that is up withdraws nothing that is written',
    file: `${session}/sender.ts`,
    find: 'if (message.isAwaited) this.withdrawOne(message, message.limitReason, nowMs);',
    replace: 'if (message.isAwaited && message.id === 0) this.withdrawOne(message, message.limitReason, nowMs);',
    seed: 137,
    found: ['overdue'],
  },
  {
    name: 'sendTimeout looks at the oldest message only',
    file: `${session}/sender.ts`,
    find: "this.withdrawOne(message, 'timeout', nowMs);",
    replace: "return this.withdrawOne(message, 'timeout', nowMs);",
    seed: 6,
    found: ['overdue'],
  },
  {
    name: 'what is received after CANCEL was written is not asked for again, so VOID takes the place of a message that is here',
    file: `${session}/sender.ts`,
    find: 'if (message.id > received) this.#void(message);',
    replace: 'if (message.id >= received) this.#void(message);',
    seed: 81,
    found: ['broken protocol', 'handled after withdrawn', 'wrong report'],
  },
];
