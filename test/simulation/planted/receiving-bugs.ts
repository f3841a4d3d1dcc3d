/** Planted bugs of the receiving half: reassembly, lanes, acknowledgements, goodbyes. */
import type { PlantedBug } from './planted-bug.ts';

const session = 'packages/core/src/session';

export const RECEIVING_BUGS: readonly PlantedBug[] = [
  {
    name: 'a position that covers a refused message is told before its refusal',
    file: `${session}/acknowledgements.ts`,
    find: 'return this.#untoldRefusals.length > 0 || this.#untoldEarly.length > 0;',
    replace: 'return this.#untoldRefusals.length > 1 || this.#untoldEarly.length > 0;',
    seed: 4,
    found: ['refused but confirmed'],
  },
  {
    name: 'the settled position leaps over what still runs',
    file: `${session}/acknowledgements.ts`,
    find: 'if (id !== this.#settled + 1) {',
    replace: 'if (id < this.#settled + 1) {',
    seed: 1,
    found: ['confirmed but not handled'],
  },
  {
    name: 'the chunks of a message are joined in the wrong order',
    file: `${session}/reassembly.ts`,
    find: 'this.#chunks.push(chunk);',
    replace: 'this.#chunks.splice(1, 0, chunk);',
    seed: 116,
    found: ['phantom'],
  },
  {
    name: 'nobody is told of a large message before it is whole',
    file: `${session}/receiver.ts`,
    find: 'this.acks.receivePart(bytes);',
    replace: '',
    seed: 1,
    found: ['lost', 'silent loss'],
  },
  {
    name: 'a message that has to wait overtakes those that wait already',
    file: `${session}/inbox.ts`,
    find: 'else this.#wait(message, lane.waiting);',
    replace: `else {
      const before = lane.waiting.clear();
      this.#wait(message, lane.waiting);
      for (const other of before) lane.waiting.push(other);
    }`,
    seed: 1,
    found: ['reordered'],
  },
  {
    name: 'messages run two at a time',
    file: `${session}/inbox.ts`,
    find: 'const MESSAGE_CONCURRENCY = 1;',
    replace: 'const MESSAGE_CONCURRENCY = 2;',
    seed: 1,
    found: ['reordered'],
  },
  {
    name: 'a request is handled twice when many wait for their answers',
    file: `${session}/intake.ts`,
    find: 'return this.#admit(this.receiver.receiveMessage(frame, nowMs));',
    replace: `const message = this.receiver.receiveMessage(frame, nowMs);
        this.#admit(message);
        if (message?.isRequest && this.receiver.inbox.unanswered === 4) this.#admit(message);`,
    seed: 60,
    found: ['duplicate'],
  },
  {
    name: 'an answer waits behind the handlers that run',
    file: `${session}/intake.ts`,
    find: 'return reply === null ? undefined : sender.receiveReply(reply.request, reply.payload);',
    replace: `if (reply === null) return;
        const all = this as { behind?: (() => void)[] };
        const behind = (all.behind ??= []);
        behind.push(() => sender.receiveReply(reply.request, reply.payload));
        if (this.receiver.inbox.isWorking) return;
        for (const tell of behind.splice(0)) tell();
        return;`,
    seed: 1,
    found: ['lost', 'overdue'],
  },
  {
    name: 'GOODBYE does not wait for the answers that are owed',
    file: `${session}/outgoing-turn.ts`,
    find: 'return farewell.isGoodbyeDue(isIdle && intake.receiver.inbox.unanswered === 0);',
    replace: 'return farewell.isGoodbyeDue(isIdle);',
    seed: 82,
    found: ['lost'],
  },
  {
    name: 'GOODBYE_ACK does not wait for what still runs',
    file: `${session}/farewell.ts`,
    find: "return this.#goodbye.receiving === 'goodbye' && settled === this.#peerFinal;",
    replace: "return this.#goodbye.receiving === 'goodbye';",
    seed: 8,
    found: ['lost'],
  },
  {
    name: 'what waits for a handler is handled after the end was reported',
    file: 'packages/core/src/runtime/session-driver.ts',
    find: 'this.session.abandon();',
    replace: '',
    seed: 403,
    found: ['stale epoch'],
  },
];
