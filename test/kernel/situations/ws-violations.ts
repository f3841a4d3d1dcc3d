/** The peer breaks the rules of WebSocket, or of heartwire on it: nothing more is taken from it, and it is told so by a close code. */
import type { Situation } from '../stage/situation.ts';
import { WEB } from './expectations.ts';
import { frame, headOfBinary } from './ws-frames.ts';

const MEBIBYTE = 1024 * 1024;

interface Violation {
  readonly name: string;
  readonly title: string;
  readonly bytes: string;
  readonly code?: string;
  readonly sentence: RegExp;
  /** What the peer is told, by our close frame. */
  readonly answer: number;
  readonly inBrowser?: Situation['inBrowser'];
}

const VIOLATIONS: readonly Violation[] = [
  {
    name: 'ws-oversize',
    title: 'The peer announces a WebSocket message of more than 1 MiB',
    bytes: headOfBinary(MEBIBYTE + 1),
    code: 'ERR_HW_FRAME_TOO_LARGE',
    inBrowser: { states: ['dialing', 'open'], cause: null, evidence: {} },
    sentence: /Max payload size exceeded/,
    answer: 1009,
  },
  {
    name: 'ws-text',
    title: 'The peer sends a text message',
    bytes: frame(0x81, Buffer.from('hi')),
    inBrowser: { cause: 'protocol by remote (ERR_HW_MALFORMED_FRAME)', evidence: { wsCode: 1000, wsClean: true } },
    sentence: /a WebSocket text message; heartwire travels in binary messages/,
    answer: 1003,
  },
  {
    name: 'ws-broken-utf8',
    title: 'The peer sends a text message that is no UTF-8',
    bytes: frame(0x81, Buffer.from([0xc3, 0x28])),
    sentence: /a WebSocket text message/,
    answer: 1003,
  },
  {
    name: 'ws-reserved-bits',
    title: 'The peer sets reserved bits',
    bytes: frame(0xf2, Buffer.from('x')),
    sentence: /RSV2 and RSV3 must be clear/,
    answer: 1002,
  },
  {
    name: 'ws-unknown-opcode',
    title: 'The peer sends a frame of a kind that is not defined',
    bytes: frame(0x83, Buffer.from('x')),
    sentence: /invalid opcode 3/,
    answer: 1002,
  },
  {
    name: 'ws-masked',
    title: 'The peer, a server, masks a frame',
    bytes: Buffer.from([0x82, 0x80, 0, 0, 0, 0]).toString('base64'),
    sentence: /MASK must be clear/,
    answer: 1002,
  },
  {
    name: 'ws-fragmented-close',
    title: 'The peer sends a close frame in fragments',
    bytes: frame(0x08, Buffer.from([3, 232])),
    sentence: /FIN must be set/,
    answer: 1002,
  },
  {
    name: 'ws-short-close',
    title: 'The peer sends a close frame with half a code',
    bytes: frame(0x88, Buffer.from([3])),
    sentence: /invalid payload length 1/,
    answer: 1002,
  },
];

export const WS_VIOLATIONS: readonly Situation[] = VIOLATIONS.map((violation) => ({
  name: violation.name,
  title: violation.title,
  transports: WEB,
  place: 'loopback',
  happen: async (stage) => {
    await stage.open();
    stage.mark();
    await stage.peer.tell({ do: 'write-secured', base64: violation.bytes });
  },
  ...(violation.inBrowser === undefined ? {} : { inBrowser: violation.inBrowser }),
  expected: {
    states: ['dialing', 'open', 'closed'],
    cause: `protocol by remote (${violation.code ?? 'ERR_HW_MALFORMED_FRAME'})`,
    sentence: violation.sentence,
    peer: { cause: peerCause(violation.answer) },
  },
}));

function peerCause(answer: number): string {
  return `protocol by local (${answer === 1009 ? 'ERR_HW_FRAME_TOO_LARGE' : 'ERR_HW_MALFORMED_FRAME'})`;
}
