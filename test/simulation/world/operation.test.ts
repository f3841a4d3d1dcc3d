import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isIntact, opOf, payloadOf, readReply, replyOf, typeNameOf, type OperationPlan } from './operation.ts';

const test = suite('what an operation carries');
const SIZES = [0, 1, 2, 997, 998, 999, 16_384, 40_000];

function plan(change: Partial<OperationPlan> = {}): OperationPlan {
  const small = { sizeBytes: 0, behaviour: 'now', handlerMs: 0, replyBytes: 0 } as const;
  const rest = { confirm: 'handled', withdrawal: null } as const;
  return { kind: 'message', type: 'a', ...small, ...rest, ...change };
}

test('is recognised and whole at every size', () => {
  for (const sizeBytes of SIZES) {
    const payload = payloadOf(300, plan({ sizeBytes }));
    assert.is(opOf('a', payload), 300);
    assert.ok(isIntact(300, plan({ sizeBytes }), payload), `${sizeBytes} bytes`);
  }
});

test('is recognised by its type when it is empty', () => {
  const empty = plan({ type: 'empty' });
  assert.is(payloadOf(7, empty), undefined);
  assert.is(opOf(typeNameOf(7, 'empty'), undefined), 7);
  assert.ok(isIntact(7, empty, undefined));
  assert.not(isIntact(7, empty, 7));
});

test('is not whole with the bytes of another, with more, with fewer, or in another order', () => {
  const large = plan({ sizeBytes: 40_000 });
  const [, filler] = payloadOf(300, large) as [number, Uint8Array];
  const [, other] = payloadOf(301, large) as [number, Uint8Array];
  const swapped = Uint8Array.from([...filler.subarray(16_384), ...filler.subarray(0, 16_384)]);
  for (const wrong of [other, filler.subarray(1), Uint8Array.from([...filler, 0]), swapped]) {
    assert.not(isIntact(300, large, [300, wrong]));
  }
});

test('an answer says whose it is', () => {
  for (const replyBytes of SIZES) {
    const request = plan({ kind: 'request', replyBytes });
    assert.is(readReply(300, request, replyOf(300, request)), -300);
  }
  assert.is(readReply(1, plan(), replyOf(2, plan())), -2);
  assert.ok(Number.isNaN(readReply(1, plan({ replyBytes: 9 }), replyOf(2, plan({ replyBytes: 9 })))));
});

test.run();
