import {
  connect,
  serve,
  type AnyContract,
  type AnySession,
  type Argument,
  type ConnectOptions,
  type Contract,
  type Dialer,
  type Listener,
  type MessageKey,
  type Reply,
  type RequestKey,
  type ServerSession,
  type Session,
} from '@heartwire/core';
import { client, same, session, type Chat } from './chat.ts';

declare const dialer: Dialer;
declare const listener: Listener;

// What is a message and what is a request, what it takes and what it answers.
same<MessageKey<Chat['up']>, 'say' | 'quit' | 'note' | 'move'>();
same<RequestKey<Chat['up']>, 'members' | 'time' | 'join' | 'leave'>();
same<Argument<Chat['up']['members']>, string>();
same<Argument<Chat['up']['time']>, undefined>();
same<Reply<Chat['up']['join']>, { count: number }>();

// Each side sends what the other receives.
same<typeof client, Session<Chat['up'], Chat['down'], undefined>>();
same<ServerSession<Chat>, Session<Chat['down'], Chat['up'], { name: string }>>();
same<typeof session.auth, { name: string }>();
same<typeof client.auth, undefined>();

// Any session is accepted where only the session matters.
function hangUp(any: AnySession): void {
  any.destroy();
}
hangUp(client);
hangUp(session);
const list: AnySession[] = [client, session];
hangUp(list[0]!);

// Without a contract everything goes through.
const free = connect(dialer);
same<typeof free, Session<AnyContract['up'], AnyContract['down'], undefined>>();
void free.send('anything', { at: 'all' });
void free.send('nothing');
void free.request('anything', 5).then((answer: string) => answer);
free.handle('anything', (data) => data);
free.handle('anything', (data: { text: string }) => data.text);
free.on('anything').subscribe(({ data }) => data.whatever);
free.messages$.subscribe(({ data }) => data.whatever);
hangUp(free);
// @ts-expect-error a type is text all the same
void free.send(5);

// A server's sessions have the type that its contract and its `authenticate` give them.
export async function listen(): Promise<void> {
  const server = await serve<Chat>(listener, {
    authenticate: async (auth) => ({ name: String(auth) }),
    session(one) {
      same<typeof one, ServerSession<Chat>>();
      void one.send('kicked', one.auth.name);
    },
  });
  server.session$.subscribe((one) => same<typeof one, ServerSession<Chat>>());
  same<ReturnType<typeof server.sessions.get>, ServerSession<Chat> | undefined>();
  await using other = await serve([listener]);
  same<typeof other.addresses, readonly string[]>();

  // @ts-expect-error what authenticate gives is not what the contract says
  await serve<Chat>(listener, { authenticate: () => ({ nick: 'Ada' }) });
  // @ts-expect-error a session cannot be asked for what its contract does not know
  await serve<Chat>(listener, { session: (one) => void one.send('say', { room: 'a', text: 'b' }) });
}

// A contract has both directions; an interface may be one.
interface OneWay extends Contract {
  up: { say: string };
  down: { never: never };
}
const oneWay = connect<OneWay>(dialer);
void oneWay.send('say', 'hello');
// @ts-expect-error nothing comes down
oneWay.handle('said', () => {});
// @ts-expect-error a contract lacks a direction
connect<{ up: { say: string } }>(dialer);

// Options are what they are, and undefined is not among it (exactOptionalPropertyTypes).
export const options: ConnectOptions[] = [
  {},
  { heartbeat: false, confirm: 'delivered', unhandled: 'hold', name: 'chat' },
  { heartbeat: 'game', limits: { windowMessages: 10 } },
  { heartbeat: { interval: 500, deadAfter: 2000 }, auth: () => Promise.resolve('token') },
  // @ts-expect-error there is no such preset
  { heartbeat: 'fast' },
  // @ts-expect-error true is no heartbeat
  { heartbeat: true },
  // @ts-expect-error a heartbeat of one's own needs an interval
  { heartbeat: { deadAfter: 2000 } },
  // @ts-expect-error there is no such limit
  { limits: { windowMesages: 10 } },
  // @ts-expect-error there is no such option
  { reconnect: true },
  // @ts-expect-error undefined is no limit: leave it out
  { limits: { windowMessages: undefined } },
];
