import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { printable } from '../../examples/chat/printable.ts';
import { readLines } from '../../examples/chat/terminal/read-lines.ts';

const reading = suite('reading lines');

const TEXT = 'one\n\nthree has ünï¢ödé ✓✓ 🙂\r\n\ttab\nthe last has no end';
const LINES = ['one', '', 'three has ünï¢ödé ✓✓ 🙂', '\ttab', 'the last has no end'];

for (const size of [1, 2, 3, 7, 1000]) {
  reading(`finds the same lines in chunks of ${size} bytes`, async () => {
    assert.equal(await linesOf(Buffer.from(TEXT), size), LINES);
  });
}

reading('makes no line of nothing, and none of the end of the last line', async () => {
  assert.equal(await linesOf(Buffer.from(''), 1), []);
  assert.equal(await linesOf(Buffer.from('one\n'), 1), ['one']);
  assert.equal(await linesOf(Buffer.from('\n'), 1), ['']);
});

reading('replaces what is no UTF-8', async () => {
  assert.equal(await linesOf(Buffer.from([0x61, 0xff, 0x0a, 0xe2, 0x9c]), 1), ['a\ufffd', '\ufffd']);
});

reading('cuts a line that does not end, instead of keeping all of it', async () => {
  const [line, ...rest] = await linesOf(Buffer.from(`${'x'.repeat(1_000_000)}\nshort`), 65_536);
  assert.ok(line!.length <= 200_000, `${line!.length} characters`);
  assert.equal(rest, ['short']);
});

reading('reads nothing that nobody asks for', async () => {
  let chunksRead = 0;
  const source = (async function* () {
    for (; ; chunksRead += 1) yield Buffer.from('a line\n');
  })();
  const lines = readLines(source);
  for (let line = 0; line < 5; line += 1) await lines.next();
  assert.is(chunksRead, 4);
});
reading.run();

const printing = suite('printing what a stranger wrote');

printing('leaves ordinary text as it is', () => {
  const text = 'Ünï¢ödé, 中文, שלום, 🙂 and\ta tab \\n';
  assert.is(printable(text), text);
});

printing('shows what could move the cursor, forge a line or turn the direction', () => {
  assert.is(
    printable('a\nb\rc\u001b[2Jd\u0007\u009b\u2028\u202e\u2066'),
    'a\\nb\\rc\\u001b[2Jd\\u0007\\u009b\\u2028\\u202e\\u2066',
  );
});
printing.run();

async function linesOf(bytes: Uint8Array, chunkSize: number): Promise<string[]> {
  const chunks = (async function* () {
    for (let start = 0; start < bytes.length; start += chunkSize) yield bytes.subarray(start, start + chunkSize);
  })();
  const lines: string[] = [];
  for await (const line of readLines(chunks)) lines.push(line);
  return lines;
}
