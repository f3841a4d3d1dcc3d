// The dialogues: the same bytes in PROTOCOL.md and in dialogues.json, read by the code as both say, and the first one lived through by two real connections.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Connection } from '../../packages/core/src/connection/connection.ts';
import { FrameReader } from '../../packages/core/src/wire/frame-reader.ts';
import { FrameSplitter } from '../../packages/core/src/wire/frame-splitter.ts';
import { FrameWriter } from '../../packages/core/src/wire/frame-writer.ts';
import { PREFACE } from '../../packages/core/src/wire/preface.ts';
import { connectionOptions } from '../support/connection-pair.ts';
import { bytesOf, hexOf, joined } from '../support/hex.ts';
import { meaningOf, writeMeaning } from './frame-meaning.ts';
import { codeBlocks } from './protocol-document.ts';
import { readVectors, VECTOR_FILES, type Step } from './vector-files.ts';
import { GREETING, answerOf } from '../support/greetings.ts';

const { dialogues } = readVectors('dialogues');
const suiteOf = suite('dialogues');

suiteOf('PROTOCOL.md has the same bytes from the same side', () => {
  const inDocument = codeBlocks(18).map(({ heading, lines }) => ({ name: heading, steps: stepsOf(lines) }));
  const inVectors = dialogues.map(({ name, steps }) => ({
    name,
    steps: steps.map(({ from, hex }) => ({ from, hex: hexOf(bytesOf(hex)) })),
  }));
  assert.equal(inDocument, inVectors);
  assert.is(inDocument.length, 15);
});

for (const { name, steps } of dialogues) {
  for (const from of ['client', 'server'] as const) {
    const side = steps.filter((step) => step.from === from);

    suiteOf(`${name} What the ${from} says is read as it is meant`, () => {
      const splitter = new FrameSplitter(65_536);
      const reader = new FrameReader();
      for (const { hex, meaning } of side) {
        const bytes = bytesOf(hex);
        if (meaning.type === 'preface') {
          assert.equal([...bytes], [...PREFACE]);
          continue;
        }
        splitter.push(bytes);
        assert.ok(splitter.next(), hex);
        assert.is(splitter.end, bytes.length, 'the length is that of the frame');
        assert.equal(meaningOf(reader.read(splitter.bytes, splitter.start, splitter.end)), meaning);
        assert.not(splitter.next());
        assert.not(splitter.isInsideFrame);
      }
    });

    suiteOf(`${name} What the ${from} means is written byte for byte`, () => {
      const writer = new FrameWriter();
      for (const { hex, meaning } of side) {
        if (meaning.type === 'preface') writer.preface();
        else assert.ok(writeMeaning(writer, meaning));
        assert.is(hexOf(writer.take()!), hexOf(bytesOf(hex)));
      }
    });
  }
}

suiteOf('a server lives through the first dialogue', () => {
  const server = new Connection(connectionOptions('server'), 0);
  server.receiveBytes(
    saidBy('client', (step) => step.meaning.type === 'preface' || step.meaning.type === 'HELLO'),
    0,
  );
  assert.is(server.state, 'deciding');
  server.welcome(answerOf('s1'), 0);
  server.receiveBytes(
    saidBy('client', ({ meaning }) => meaning.type === 'PING' || meaning.type === 'MESSAGE'),
    0,
  );
  assert.is(server.state, 'open');
  const events = server.takeEvents().map((event) => ('name' in event ? event.name : event.type));
  assert.equal(events, ['hello', 'liveness', 'pinged', 'say', 'say']);
});

suiteOf('a client lives through the first dialogue', () => {
  const client = new Connection(connectionOptions('client'), 0);
  client.hello(GREETING, 0);
  client.receiveBytes(
    saidBy('server', () => true),
    0,
  );
  assert.is(client.state, 'open');
  const types = client.takeEvents().map(({ type }) => type);
  assert.equal(types, ['welcome', 'pong', 6]);
});

suiteOf('every file of vectors says what it is', () => {
  for (const file of VECTOR_FILES) assert.match(readVectors(file).about, /packages\/core\/PROTOCOL\.md, section \d+/);
});

suiteOf.run();

function saidBy(from: Step['from'], isWanted: (step: Step) => boolean): Uint8Array {
  return joined(
    dialogues[0]!.steps.filter((step) => step.from === from && isWanted(step)).map(({ hex }) => bytesOf(hex)),
  );
}

/** The bytes of each line, and of the lines after it that go on with the same frame; the words behind them are for people. */
function stepsOf(lines: readonly string[]): { from: string; hex: string }[] {
  const steps: { from: string; hex: string }[] = [];
  for (const line of lines) {
    const match = /^([CS])  ((?:[0-9a-f]{2}| (?! ))+)(?: {2,}|$)/.exec(line);
    if (match) steps.push({ from: match[1] === 'C' ? 'client' : 'server', hex: match[2]!.replaceAll(' ', '') });
    else assert.match(line, /^(C, S| {10,}\S)/, `neither bytes nor words: ${line}`);
  }
  return steps;
}
