/**
 * Whoever comes to a heartwire port over TCP without speaking heartwire, or speaking it wrong, gets a named error, the server tells of it,
 * and the messages of a bystander go on being confirmed meanwhile.
 */
import { connect as connectTls } from 'node:tls';
import { describeCause } from '@heartwire/core';
import { tcp, tcpServer } from '@heartwire/transport-tcp';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withDeadline } from '../support/with-deadline.ts';
import { BareSocket, HELLO, lastFrame, PREFACE } from './bare-socket.ts';
import { summaryOf, withWatchedServer, type WatchedServer } from './watched-server.ts';

interface WrongPeer {
  /** What it says, in hexadecimal or as text. */
  readonly says: string;
  /** What it does after that. */
  readonly does?: 'waits' | 'finishes' | 'resets';
  /** The cause that the server tells. */
  readonly cause: string;
  /** Words of that cause. */
  readonly words?: RegExp;
  /** The last frame that the server sends. */
  readonly answer: string | null;
}

const OPENED = `${PREFACE}${HELLO}`;
/** MESSAGE 1, "say", "hi". */
const MESSAGE = '0b3800010003736179a26869';

const WRONG_PEERS: Readonly<Record<string, WrongPeer>> = {
  'an HTTP request': {
    says: 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n',
    cause: 'ERR_HW_PREFACE by remote',
    words: /HTTP request/,
    answer: 'ERROR 1',
  },
  'an SSH greeting': {
    says: 'SSH-2.0-OpenSSH_9.6\r\n',
    cause: 'ERR_HW_PREFACE by remote',
    words: /SSH/,
    answer: 'ERROR 1',
  },
  'an empty line': { says: '\r\n', cause: 'ERR_HW_PREFACE by remote', answer: 'ERROR 1' },
  'a preface that goes wrong': { says: 'f8480000', cause: 'ERR_HW_PREFACE by remote', answer: 'ERROR 1' },
  'another framing version': { says: 'f848570a02', cause: 'ERR_HW_VERSION by remote', words: /2/, answer: 'ERROR 2' },
  'a version of the protocol that does not exist yet': {
    says: `${PREFACE}0a008300070109cd1a4e07`,
    cause: 'refused by application: ERR_HW_VERSION',
    words: /7 to 9/,
    answer: 'REJECT',
  },
  'a HELLO that is no map': { says: `${PREFACE}0200c0`, cause: 'ERR_HW_MALFORMED_FRAME by remote', answer: 'ERROR 4' },
  'a message before HELLO': {
    says: `${PREFACE}${MESSAGE}`,
    cause: 'ERR_HW_UNEXPECTED_FRAME by remote',
    words: /MESSAGE/,
    answer: 'ERROR 6',
  },
  'HELLO twice': {
    says: `${OPENED}${HELLO}`,
    cause: 'ERR_HW_UNEXPECTED_FRAME by remote',
    words: /HELLO/,
    answer: 'ERROR 6',
  },
  'an oversize frame before the handshake': {
    says: `${PREFACE}80100000`,
    cause: 'ERR_HW_FRAME_TOO_LARGE by remote',
    answer: 'ERROR 3',
  },
  'a frame that is cut by the end of the connection': {
    says: `${PREFACE}0a0083`,
    does: 'finishes',
    cause: 'ERR_HW_TRUNCATED by remote',
    answer: 'ERROR 11',
  },
  'a frame that is cut by a reset': { says: `${PREFACE}0a0083`, does: 'resets', cause: 'reset', answer: null },
  silence: { says: '', does: 'waits', cause: 'timeout of handshake', answer: 'ERROR 9' },
  'silence after the preface': { says: PREFACE, does: 'waits', cause: 'timeout of handshake', answer: 'ERROR 9' },
  'an end after the preface': { says: PREFACE, does: 'finishes', cause: 'finished', answer: null },
};

/** What a peer may do wrong once its session is open. */
const WRONG_SESSIONS: Readonly<Record<string, WrongPeer>> = {
  'an oversize frame': { says: '80100001', cause: 'ERR_HW_FRAME_TOO_LARGE by remote', answer: 'ERROR 3' },
  'an unknown frame': { says: '0190', cause: 'ERR_HW_UNKNOWN_FRAME by remote', answer: 'ERROR 5' },
  'a frame that cannot be read': { says: '0230ff', cause: 'ERR_HW_MALFORMED_FRAME by remote', answer: 'ERROR 4' },
  'a sequence id that is not the next one': {
    says: MESSAGE.replace('0001', '0002'),
    cause: 'ERR_HW_SEQUENCE by remote',
    answer: 'ERROR 7',
  },
  'an acknowledgement of something that was never sent': {
    says: '053000070000',
    cause: 'ERR_HW_ACK_RANGE by remote',
    answer: 'ERROR 8',
  },
  'a message after its goodbye': {
    says: `0478000000${MESSAGE}`,
    cause: 'ERR_HW_UNEXPECTED_FRAME by remote',
    answer: 'ERROR 6',
  },
  'HELLO once more': { says: HELLO, cause: 'ERR_HW_UNEXPECTED_FRAME by remote', answer: 'ERROR 6' },
  'a frame that stands still': { says: '0b38', does: 'waits', cause: 'ERR_HW_TIMEOUT by remote', answer: 'ERROR 9' },
  'a frame that is cut by the end of the connection': {
    says: '0b38',
    does: 'finishes',
    cause: 'ERR_HW_TRUNCATED by remote',
    answer: 'ERROR 11',
  },
  'a frame that is cut by a reset': { says: '0b38', does: 'resets', cause: 'reset', answer: null },
  'an end without a goodbye': { says: '', does: 'finishes', cause: 'finished', answer: null },
};

function watch(meet: (server: WatchedServer) => Promise<void>, isImpatient = false): Promise<void> {
  return withWatchedServer({ listener: tcpServer({ port: 0, host: '127.0.0.1' }), dialerFor: tcp, isImpatient }, meet);
}

const strangers = suite('a server meets, over TCP');
for (const [title, peer] of Object.entries(WRONG_PEERS)) {
  strangers(title, () =>
    watch(async (server) => {
      const ended = server.nextEnd();
      await meetsItsEnd(new BareSocket(server.port), peer, ended);
    }, peer.does === 'waits'),
  );
}

strangers('a TLS hello', () =>
  watch(async (server) => {
    const ended = server.nextEnd();
    const socket = connectTls({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false });
    await withDeadline(10_000, new Promise((resolve) => socket.on('error', resolve)), 'the failure of TLS');
    const cause = await ended;
    assert.is(summaryOf(cause), 'ERR_HW_PREFACE by remote');
    assert.match(describeCause(cause), /TLS client hello/);
  }),
);

strangers('random bytes', () =>
  watch(async (server) => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const ended = server.nextEnd();
      const socket = new BareSocket(server.port);
      socket.say(randomBytes(seed));
      assert.is(summaryOf(await ended), 'ERR_HW_PREFACE by remote', `seed ${seed}`);
      assert.is(lastFrame(await socket.hearAll()), 'ERROR 1', `seed ${seed}`);
    }
  }),
);

strangers('a HELLO that comes byte by byte, and lets it in', () =>
  watch(async (server) => {
    const socket = new BareSocket(server.port);
    for (const byte of Buffer.from(OPENED, 'hex')) {
      socket.say(Uint8Array.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await socket.hear(PREFACE.length / 2 + 1);
    const ended = server.nextEnd();
    socket.finish();
    assert.is(summaryOf(await ended), 'finished');
    await socket.hearAll();
  }),
);
strangers.run();

const sessions = suite('a session meets, over TCP');
for (const [title, peer] of Object.entries(WRONG_SESSIONS)) {
  sessions(title, () =>
    watch(async (server) => {
      const ended = server.nextEnd();
      const socket = new BareSocket(server.port);
      socket.say(OPENED);
      await socket.hear(PREFACE.length / 2 + 1);
      await meetsItsEnd(socket, peer, ended);
    }, peer.does === 'waits'),
  );
}
sessions.run();

async function meetsItsEnd(
  socket: BareSocket,
  { says, does, cause, words, answer }: WrongPeer,
  ended: ReturnType<WatchedServer['nextEnd']>,
): Promise<void> {
  if (says !== '') socket.say(says);
  if (does === 'finishes') socket.finish();
  if (does === 'resets') await socket.reset();
  const seen = await ended;
  assert.is(summaryOf(seen), cause);
  if (words !== undefined) assert.match(describeCause(seen), words);
  const heard = await socket.hearAll();
  if (answer !== null) assert.is(lastFrame(heard), answer);
}

/** Bytes of a linear congruential generator; never the first byte of a preface. */
function randomBytes(seed: number): Uint8Array {
  let state = seed;
  const bytes = new Uint8Array(1 + seed * 37).map(() => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
  if (bytes[0] === 0xf8) bytes[0] = 0;
  return bytes;
}
