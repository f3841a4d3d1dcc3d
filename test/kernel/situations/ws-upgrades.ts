/** A web server answers the upgrade, and does not upgrade. */
import type { Situation } from '../stage/situation.ts';
import { WEB } from './expectations.ts';

interface Answer {
  readonly status: number;
  readonly sentence: RegExp;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const ANSWERS: readonly Answer[] = [
  {
    status: 200,
    sentence: /answered 200: it answered with a web page and not with a WebSocket; is the path right\?$/,
    headers: { 'Content-Type': 'text/html' },
    body: '<!doctype html><title>Welcome</title>',
  },
  {
    status: 301,
    sentence: /answered 301: it has moved to wss:\/\/new\.example\/hw; dial the new address$/,
    headers: { Location: 'wss://new.example/hw' },
  },
  { status: 307, sentence: /answered 307: it has moved; dial the new address$/ },
  { status: 400, sentence: /does it speak heartwire on this path\?$/ },
  { status: 401, sentence: /it wants credentials$/ },
  { status: 403, sentence: /does it allow the origin of this page\?$/ },
  { status: 404, sentence: /there is no WebSocket on this path$/ },
  { status: 426, sentence: /a proxy on the way/ },
  { status: 429, sentence: /it is asked too often$/ },
  { status: 500, sentence: /answered 500: it did not accept the WebSocket$/ },
  { status: 502, sentence: /the proxy does not reach the server behind it$/ },
  { status: 503, sentence: /it takes no connections at the moment$/ },
  { status: 504, sentence: /the proxy gets no answer/ },
];

export const WS_UPGRADES: readonly Situation[] = [
  ...ANSWERS.map(({ status, sentence, headers = {}, body = '' }): Situation => ({
    name: `http-${status}`,
    title: `A web server answers the upgrade with ${status}`,
    transports: WEB,
    place: 'loopback',
    listen: { as: { answers: 'http', status, headers, body } },
    happen: async (stage) => {
      stage.mark();
      await stage.dial();
    },
    expected: { states: ['dialing', 'closed'], cause: `refused by http (${status})`, sentence },
  })),
  {
    name: 'no-http',
    title: 'The server answers the upgrade with something that is no HTTP',
    transports: WEB,
    place: 'loopback',
    listen: { as: { answers: 'bytes', base64: Buffer.from('220 mail.example ESMTP\r\n').toString('base64') } },
    happen: async (stage) => {
      stage.mark();
      await stage.dial();
    },
    expected: {
      states: ['dialing', 'closed'],
      cause: 'refused by http (HPE_INVALID_CONSTANT)',
      sentence: /did not answer as a WebSocket server does/,
    },
  },
];
