/**
 * The peer ends a WebSocket with a close frame (RFC 6455 §7.4, and the registry of IANA).
 *
 * 1000 to 1003, 1007 to 1011 and 3000 to 4999 may travel, and 1012 to 1014 were registered later. 1005, 1006 and 1015 stand for what
 * was not said, and 1004 for nothing: in a frame they break the protocol, as everything else does.
 */
import type { Expected, Situation } from '../stage/situation.ts';
import { WEB } from './expectations.ts';
import { closeFrame, frame } from './ws-frames.ts';

const CLOSED: readonly string[] = ['dialing', 'open', 'closed'];

const FINISHED = [1000, 1001, 1011, 1012, 1013, 1014];
const OUR_FAULT = [1002, 1003, 1007, 1010];
const NO = [1008, 3000, 3999, 4000, 4999];
const MAY_NOT_TRAVEL = [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535];

function clean(code: number, cause: string): Expected {
  return { states: CLOSED, cause, evidence: { wsCode: code, wsClean: true } };
}

function isBroken(): Expected {
  return {
    states: CLOSED,
    cause: 'protocol by remote (ERR_HW_MALFORMED_FRAME)',
    sentence: /invalid status code/,
  };
}

/** Chromium takes any number for a code but those that stand for what was not said. */
function inChromium(code: number): Partial<Expected> {
  if (code === 1005 || code === 1006 || code === 1015) return {};
  return clean(code, code < 3000 ? 'finished' : `refused by application (${code})`);
}

function row(code: number, title: string, expected: Expected, inBrowser?: Partial<Expected>): Situation {
  return {
    ...(inBrowser === undefined ? {} : { inBrowser }),
    name: `ws-close-${code}`,
    title,
    transports: WEB,
    place: 'loopback',
    happen: async (stage) => {
      await stage.open();
      stage.mark();
      await stage.peer.tell({ do: 'write-close', base64: closeFrame(code, 'because') });
    },
    expected,
  };
}

export const WS_CLOSE_CODES: readonly Situation[] = [
  ...FINISHED.map((code) => row(code, `The peer closes the WebSocket with ${code}`, clean(code, 'finished'))),
  ...OUR_FAULT.map((code) =>
    row(code, `The peer closes the WebSocket with ${code}`, {
      ...clean(code, 'protocol by local (ERR_HW_MALFORMED_FRAME)'),
      sentence: new RegExp(`closed the WebSocket with ${code}, .*: because`),
    }),
  ),
  row(1009, 'The peer refuses a WebSocket message of ours as too big: it closes with 1009', {
    ...clean(1009, 'protocol by local (ERR_HW_FRAME_TOO_LARGE)'),
    sentence: /closed the WebSocket with 1009, .*too big for it: because/,
  }),
  ...NO.map((code) =>
    row(code, `The peer closes the WebSocket with ${code}`, {
      ...clean(code, `refused by application (${code})`),
      sentence: new RegExp(`^the WebSocket was closed with ${code}: because$`),
    }),
  ),
  ...MAY_NOT_TRAVEL.map((code) =>
    row(code, `The peer closes the WebSocket with ${code}, which may not travel`, isBroken(), inChromium(code)),
  ),
  {
    name: 'ws-close-empty',
    title: 'The peer closes the WebSocket without a code (which is called 1005)',
    transports: WEB,
    place: 'loopback',
    happen: async (stage) => {
      await stage.open();
      stage.mark();
      await stage.peer.tell({ do: 'write-close', base64: frame(0x88, Buffer.alloc(0)) });
    },
    expected: clean(1005, 'finished'),
  },
  {
    name: 'ws-close-then-rst',
    title: 'The peer closes the WebSocket with 1000 and resets behind it',
    transports: WEB,
    place: 'loopback',
    happen: async (stage) => {
      await stage.open();
      await stage.whileFrozen(async () => {
        await stage.peer.tell({ do: 'write-secured', base64: closeFrame(1000) });
        await stage.peer.tell({ do: 'reset' });
      });
    },
    expected: clean(1000, 'finished'),
  },
  {
    name: 'ws-terminate',
    title: 'The peer ends the WebSocket without a close frame (terminate)',
    transports: WEB,
    place: 'loopback',
    happen: async (stage) => {
      await stage.open();
      stage.mark();
      await stage.peer.tell({ do: 'destroy-socket' });
    },
    expected: { states: CLOSED, cause: 'finished', evidence: { wsCode: 1006, wsClean: false } },
  },
];
