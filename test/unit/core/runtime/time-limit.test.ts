import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HeartwireError } from '@heartwire/core';
import { checkTimes, limitTime, type TimeOptions } from '../../../../packages/core/src/runtime/time-limit.ts';
import { OutgoingMessage } from '../../../../packages/core/src/session/outgoing-message.ts';

const times = suite('the times of a message');

for (const [options, expected] of [
  [{}, [Infinity, 'timeout', Infinity]],
  [{ timeout: 50 }, [150, 'timeout', Infinity]],
  [{ expiresIn: 70 }, [170, 'expired', 170]],
  [{ timeout: 50, expiresIn: 70 }, [150, 'timeout', 170]],
  [{ timeout: 70, expiresIn: 50 }, [150, 'expired', 150]],
  [{ timeout: 50, expiresIn: 50 }, [150, 'expired', 150]],
] as readonly [TimeOptions, unknown[]][]) {
  times(`are counted from now: ${JSON.stringify(options)}`, () => {
    const message = new OutgoingMessage('message', 'say', new Uint8Array(0));
    limitTime(message, options, 100);
    assert.equal([message.limitAtMs, message.limitReason, message.expiresAtMs], expected);
  });
}

times('are refused when they make no sense, and taken up to the ends of what does', () => {
  for (const ms of [0, -1, Number.NaN, Infinity, 2 ** 31]) {
    for (const name of ['timeout', 'expiresIn']) {
      const isOptionError = (error: unknown): boolean =>
        error instanceof HeartwireError && error.code === 'ERR_HW_OPTION' && error.message.includes(`${name} is ${ms}`);
      assert.throws(() => checkTimes({ [name]: ms }), isOptionError);
    }
  }
  checkTimes({});
  checkTimes({ timeout: 0.5, expiresIn: 2 ** 31 - 1 });
  checkTimes({ timeout: undefined, expiresIn: undefined });
});
times.run();
