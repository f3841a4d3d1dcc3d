// Every type of frame in every state, looped from the table of the states.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { EndedEvent } from '../../../../packages/core/src/connection/connection-event.ts';
import { nextState, type ConnectionState } from '../../../../packages/core/src/connection/connection-state.ts';
import { Connection } from '../../../../packages/core/src/connection/connection.ts';
import { ERROR_NUMBERS } from '../../../../packages/core/src/wire/error-number.ts';
import { FrameType, frameName, LAST_FRAME_TYPE } from '../../../../packages/core/src/wire/frame-type.ts';
import { connectionOptions } from '../../../support/connection-pair.ts';
import { bytesOf, joined } from '../../../support/hex.ts';
import { namesOf, sentFrames } from '../../../support/sent-frames.ts';
import { GREETING, answerOf } from '../../../support/greetings.ts';

const PREFACE = 'f848570a01';
const HELLO = '02 00 80';
const WELCOME = '07 08 82 02 01 03 a173';

/** One good frame of each type, the first that its direction could carry. */
const GOOD: Readonly<Record<number, string>> = {
  [FrameType.HELLO]: HELLO,
  [FrameType.WELCOME]: WELCOME,
  [FrameType.REJECT]: '05 10 81 28 a178',
  [FrameType.ERROR]: '03 18 04 00',
  [FrameType.PING]: '02 20 00',
  [FrameType.PONG]: '03 28 00 00',
  [FrameType.ACK]: '05 30 0000 00 00',
  [FrameType.MESSAGE]: '06 38 0001 00 01 6d',
  [FrameType.REQUEST]: '06 40 0001 00 01 71',
  [FrameType.REPLY]: '04 48 0001 01',
  [FrameType.REFUSAL]: '06 50 0001 01 01 78',
  [FrameType.VOID]: '04 58 0001 01',
  [FrameType.VOLATILE]: '05 60 00 00 01 61',
  [FrameType.CANCEL]: '02 68 01',
  [FrameType.GOAWAY]: '06 70 00 00 00 00 00',
  [FrameType.GOODBYE]: '04 78 00 00 00',
  [FrameType.GOODBYE_ACK]: '02 80 00',
  [FrameType.REFUSAL_ACK]: '02 88 01',
};

/** A fresh connection in each state; its greeting has been taken, so that what it sends next is its answer. */
const STATES: Readonly<Record<string, () => Connection>> = {
  'awaiting-welcome': () => {
    const client = new Connection(connectionOptions('client'), 0);
    client.hello(GREETING, 0);
    return hushed(client, PREFACE);
  },
  'awaiting-hello': () => hushed(new Connection(connectionOptions('server'), 0), PREFACE),
  deciding: () => hushed(new Connection(connectionOptions('server'), 0), `${PREFACE} ${HELLO}`),
  'open (client)': () => {
    const client = new Connection(connectionOptions('client'), 0);
    client.hello(GREETING, 0);
    return hushed(client, `${PREFACE} ${WELCOME}`);
  },
  'open (server)': () => {
    const server = hushed(new Connection(connectionOptions('server'), 0), `${PREFACE} ${HELLO}`);
    server.welcome(answerOf('s1'), 0);
    return hushed(server, '');
  },
};

for (const [name, make] of Object.entries(STATES)) {
  const state = name.split(' ')[0] as ConnectionState;
  const frames = suite(name);

  frames('is the state', () => {
    assert.is(make().state, state);
  });

  for (const type of Object.values(FrameType)) {
    const next = nextState(state, type);
    if (type === FrameType.ERROR) {
      frames('ERROR ends the connection, and is not answered', () => assertErrorIsFinal(make()));
    } else if (next === undefined) {
      frames(`${frameName(type)} ends the connection with ERROR 6`, () => {
        const text = new RegExp(`${frameName(type)} in the state ${state}`);
        assertRefused(make(), GOOD[type]!, 'ERR_HW_UNEXPECTED_FRAME', text);
      });
    } else {
      frames(`${frameName(type)} leads to ${next}`, () => {
        const connection = make();
        connection.receiveBytes(bytesOf(GOOD[type]!), 0);
        assert.is(connection.state, next);
        connection.writeControl(0);
        const answer = namesOf(sentFrames([connection.takeOutgoing(0) ?? new Uint8Array(0)]));
        assert.not(answer.includes('ERROR'));
      });
    }
  }

  for (let type = 18; type < 24; type += 1) {
    frames(`type ${type}, unknown and critical, ends the connection with ERROR 5`, () => {
      assertRefused(make(), `01 ${(type * 8).toString(16)}`, 'ERR_HW_UNKNOWN_FRAME', new RegExp(`type ${type}`));
    });
  }

  for (let type = 24; type <= LAST_FRAME_TYPE; type += 1) {
    const hex = `03 ${(type * 8 + 5).toString(16)} ffff`;
    if (state !== 'open') {
      frames(`type ${type}, which may be skipped once the connection is open, ends it with ERROR 6`, () => {
        assertRefused(make(), hex, 'ERR_HW_UNEXPECTED_FRAME', /type 24 in the state/);
      });
      continue;
    }
    frames(`type ${type} is skipped`, () => {
      const connection = make();
      connection.receiveBytes(bytesOf(hex), 0);
      assert.is(connection.state, 'open');
      assert.equal(connection.takeEvents(), []);
      assert.is(connection.takeOutgoing(0), null);
    });
  }

  frames('what a connection heard after its end is nothing to it', () => {
    const connection = make();
    connection.close();
    assert.is(connection.nextDeadlineMs, Infinity);
    for (const hex of Object.values(GOOD)) connection.receiveBytes(bytesOf(hex), 0);
    connection.receiveBytes(bytesOf('ff'), 0);
    connection.receiveEnd();
    connection.handleDeadline(1e9);
    connection.welcome(answerOf('s1'), 0);
    connection.reject({ code: 'x', message: '', retryAfterMs: null });
    connection.writeControl(0);
    assert.equal(connection.takeEvents(), []);
    assert.is(connection.takeOutgoing(0), null);
    assert.is(connection.nextDeadlineMs, Infinity);
    assert.is(connection.state, 'closed');
  });

  frames.run();
}

/** Feeds `hex`, and forgets everything that was said until now. */
function hushed(connection: Connection, hex: string): Connection {
  connection.receiveBytes(bytesOf(hex), 0);
  connection.writeControl(0);
  connection.takeOutgoing(0);
  connection.takeEvents();
  return connection;
}

/** After `hex` there is one ERROR with the number of `code`, one end, and no more: not for the frame behind it either. */
function assertRefused(connection: Connection, hex: string, code: string, text: RegExp): void {
  connection.receiveBytes(joined([bytesOf(hex), bytesOf(GOOD[FrameType.PING]!)]), 0);
  assert.is(connection.state, 'closed');
  const answer = sentFrames([connection.takeOutgoing(0)!]);
  assert.equal(namesOf(answer), ['ERROR']);
  const [error] = answer as { readonly code: number; readonly reason: string }[];
  assert.is(ERROR_NUMBERS[error!.code], code);
  assert.match(error!.reason, text);
  const { cause, hard } = endOf(connection);
  assert.is(hard, false, 'the ERROR is to arrive');
  if (cause.kind !== 'protocol') return assert.unreachable(cause.kind);
  assert.equal([cause.error.code, cause.error.by], [code, 'remote']);
  connection.receiveBytes(bytesOf(hex), 0);
  assert.is(connection.takeOutgoing(0), null);
  assert.equal(connection.takeEvents(), []);
}

function assertErrorIsFinal(connection: Connection): void {
  connection.receiveBytes(bytesOf(`${GOOD[FrameType.ERROR]} ${GOOD[FrameType.PING]} ff ff`), 0);
  assert.is(connection.state, 'closed');
  connection.writeControl(0);
  assert.is(connection.takeOutgoing(0), null);
  const { cause, hard } = endOf(connection);
  assert.is(hard, false);
  if (cause.kind !== 'protocol') return assert.unreachable(cause.kind);
  assert.equal([cause.error.code, cause.error.by], ['ERR_HW_MALFORMED_FRAME', 'local']);
}

function endOf(connection: Connection): EndedEvent {
  const events = connection.takeEvents();
  assert.equal(
    events.map(({ type }) => type),
    ['ended'],
  );
  return events[0] as EndedEvent;
}
