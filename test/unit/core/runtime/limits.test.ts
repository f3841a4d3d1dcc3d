import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HeartwireError } from '../../../../packages/core/src/errors/heartwire-error.ts';
import { DEFAULT_LIMITS, resolveLimits, type Limits } from '../../../../packages/core/src/runtime/limits.ts';

/** The smallest and largest value of each, as documented in its option or in PROTOCOL.md §6 and §15. */
const RANGES: Readonly<Record<keyof Limits, readonly [number, number]>> = {
  messageMaxBytes: [1, 2 ** 32],
  frameMaxBytes: [1024, 2 ** 30],
  windowMessages: [1, 32_768],
  windowBytes: [1, Number.MAX_SAFE_INTEGER],
  maxRequests: [1, 32_768],
  outboxMaxMessages: [1, Number.MAX_SAFE_INTEGER],
  outboxMaxBytes: [1, Number.MAX_SAFE_INTEGER],
  inFlightMaxBytes: [32_768, Number.MAX_SAFE_INTEGER],
  volatileMaxKeys: [1, 65_536],
  dialTimeout: [1, 2 ** 31 - 1],
  handshakeTimeout: [1, 2 ** 31 - 1],
  frameTimeout: [1, 2 ** 31 - 1],
  totalBytes: [65_536, Number.MAX_SAFE_INTEGER],
  maxHandshakes: [1, Number.MAX_SAFE_INTEGER],
};

function namesIt(name: string, value: unknown): (error: unknown) => boolean {
  return (error) =>
    error instanceof HeartwireError &&
    error.code === 'ERR_HW_OPTION' &&
    error.by === 'local' &&
    error.message.includes(`limits.${name} is ${String(value)}`);
}

const limits = suite('the limits');

limits('have a default each', () => {
  assert.equal(resolveLimits(), DEFAULT_LIMITS);
  assert.equal(resolveLimits({}), DEFAULT_LIMITS);
  assert.equal(Object.keys(DEFAULT_LIMITS).sort(), Object.keys(RANGES).sort());
});

limits('are frozen, and the caller’s object is left as it is', () => {
  const given = Object.freeze({ windowMessages: 10 });
  const resolved = resolveLimits(given);
  assert.ok(Object.isFrozen(resolved));
  assert.is(resolved.windowMessages, 10);
  assert.equal(given, { windowMessages: 10 });
});

for (const [name, [min, max]] of Object.entries(RANGES) as [keyof Limits, readonly [number, number]][]) {
  limits(`take ${name} from ${min} to ${max}, and nothing else`, () => {
    // A window that takes one message of every size, whatever is tried for the one of them.
    const others = name === 'windowBytes' ? { messageMaxBytes: 1 } : {};
    for (const good of [min, max]) assert.is(resolveLimits({ ...others, [name]: good })[name], good);
    for (const bad of [min - 1, max + 1, min + 0.5, NaN, Infinity, -1, '5', null]) {
      assert.throws(() => resolveLimits({ ...others, [name]: bad as number }), namesIt(name, bad));
    }
  });
}

limits('give the window at least room for one message', () => {
  assert.is(resolveLimits({ messageMaxBytes: 20_000_000 }).windowBytes, 20_000_000);
  assert.is(resolveLimits({ messageMaxBytes: 100, windowBytes: 100 }).windowBytes, 100);
  assert.throws(() => resolveLimits({ messageMaxBytes: 100, windowBytes: 99 }), /limits\.windowBytes \(99\)/);
});
limits.run();
