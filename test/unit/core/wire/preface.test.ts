import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { describeStranger, PREFACE, PrefaceReader } from '../../../../packages/core/src/wire/preface.ts';
import { bytesOf, hexOf } from '../../../support/hex.ts';
import { isError } from '../../../support/is-error.ts';

const preface = suite('preface');

preface('gives back what stands behind it', () => {
  const reader = new PrefaceReader();
  assert.not(reader.hasBegun);
  assert.is(hexOf(reader.read(bytesOf('f848570a01 0200'))), '0200');
  assert.ok(reader.isComplete);
  assert.is(hexOf(reader.read(bytesOf('0102'))), '0102');
});

preface('comes byte by byte', () => {
  const reader = new PrefaceReader();
  for (const [index, byte] of PREFACE.entries()) {
    assert.not(reader.isComplete);
    assert.is(reader.read(Uint8Array.of(byte)).length, 0);
    assert.is(reader.hasBegun, true);
    assert.is(reader.isComplete, index === PREFACE.length - 1);
  }
});

preface('an empty chunk is nothing', () => {
  const reader = new PrefaceReader();
  assert.is(reader.read(new Uint8Array(0)).length, 0);
  assert.not(reader.hasBegun);
});

for (let wrong = 0; wrong < 4; wrong += 1) {
  preface(`is refused at its byte ${wrong + 1}, before more has arrived`, () => {
    const reader = new PrefaceReader();
    reader.read(Uint8Array.from(PREFACE.slice(0, wrong)));
    assert.throws(() => reader.read(Uint8Array.of(PREFACE[wrong]! ^ 1)), isError('ERR_HW_PREFACE', /it looks like/));
  });
}

preface('another framing version is named', () => {
  for (const version of [0, 2, 255]) {
    const reader = new PrefaceReader();
    const bytes = Uint8Array.from([...PREFACE.slice(0, 4), version]);
    assert.throws(
      () => reader.read(bytes),
      isError('ERR_HW_VERSION', new RegExp(`framing version ${version}, this side 1`)),
    );
  }
});

preface.run();

const strangers = suite('strangers');

const STRANGERS: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['a GET', ascii('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'), /an HTTP request/],
  ['a POST', ascii('POST /x HTTP/1.1\r\n'), /an HTTP request/],
  ['HTTP/2', ascii('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), /an HTTP request/],
  ['an HTTP response', ascii('HTTP/1.1 400 Bad Request\r\n'), /an HTTP response/],
  ['SSH', ascii('SSH-2.0-OpenSSH_9.2\r\n'), /an SSH greeting/],
  ['a TLS client hello', bytesOf('1603010200010001fc0303'), /a TLS client hello \(this port does not speak TLS\)/],
  ['a TLS alert', bytesOf('15030300020228'), /a TLS alert/],
  ['a line of text', ascii('hello there\n'), /text: "hello there"/],
  ['a long line', ascii('x'.repeat(500)), /text: "x{24}"$/],
  ['four letters and noise', bytesOf('6162637e00ff'), /text: "abc~"$/],
  ['three letters and noise', bytesOf('6162630000ff'), /other bytes: 61 62 63/],
  ['what only begins like TLS', bytesOf('1600030000'), /other bytes: 16 00/],
  ['what only begins like an alert', bytesOf('1500030000'), /other bytes: 15 00/],
  ['what only goes on like TLS', bytesOf('0103030000'), /other bytes: 01 03/],
  ['a byte beyond ASCII', bytesOf('6162637f'), /other bytes: 61 62 63 7f/],
  ['one letter', ascii('G'), /text: "G"/],
  ['noise', bytesOf('f1e2d3c4b5a69788796a'), /other bytes: f1 e2 d3 c4 b5 a6 97 88$/],
  ['zeros', new Uint8Array(100), /other bytes: 00 00 00 00 00 00 00 00$/],
];

for (const [name, bytes, text] of STRANGERS) {
  strangers(`${name} is called what it is`, () => {
    assert.match(describeStranger(bytes), text);
    assert.throws(() => new PrefaceReader().read(bytes), isError('ERR_HW_PREFACE', text));
  });
}

strangers('are recognised at their first byte', () => {
  for (const [name, bytes] of STRANGERS) {
    assert.throws(
      () => new PrefaceReader().read(bytes.subarray(0, 1)),
      isError('ERR_HW_PREFACE', /it looks like/),
      name,
    );
  }
});

strangers.run();

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
