import {
  serve,
  type Audience,
  type Broadcast,
  type BroadcastProgress,
  type BroadcastReport,
  type DeliveryError,
  type Group,
  type Listener,
  type Receipt,
  type RecipientOutcome,
  type Server,
  type ServerSession,
  type StateStream,
} from '@heartwire/core';
import { client, same, session, type Chat } from './chat.ts';

declare const server: Server<Chat>;
declare const listener: Listener;

// An audience is told what goes down, and everybody's outcome comes back.
const { everyone } = server;
same<typeof everyone, Audience<Chat>>();
const lobby = server.group('lobby');
same<typeof lobby, Group<Chat>>();
same<typeof lobby.size, number>();
const said = everyone.send('said', { from: 'Ada', text: 'hello' });
same<typeof said, Broadcast<Chat>>();
same<Awaited<typeof said>, BroadcastReport>();
same<typeof said.progress$, StateStream<BroadcastProgress>>();
void lobby.send('kicked', 'bye', { confirm: 'delivered' });
void lobby.except(session).except().send('kicked', 'bye');
void lobby.send('kicked', 'bye', { expiresIn: 2000, timeout: 5000, signal: AbortSignal.timeout(1000) });
same<ReturnType<typeof everyone.volatile>, void>();
everyone.volatile('said', { from: 'Ada', text: 'hello' }, { key: 'Ada' });
lobby.except(session).volatile('kicked', 'bye', { key: 7 });
said.cancel();
said.each$.subscribe((one) => {
  same<typeof one, RecipientOutcome<Chat>>();
  same<typeof one.session, ServerSession<Chat>>();
  if (one.outcome === 'handled' || one.outcome === 'delivered') same<typeof one.receipt, Receipt>();
  else same<typeof one.error, DeliveryError>();
  if (one.error === undefined) same<typeof one.receipt, Receipt>();
  // @ts-expect-error whether there is an error depends on the outcome
  void one.error.code;
});

// Membership ends with its scope, or when it is said.
{
  using membership = lobby.add(session);
  same<typeof membership, Disposable>();
}
same<ReturnType<typeof lobby.delete>, boolean>();

// @ts-expect-error the payload lacks a field
void everyone.send('said', { from: 'Ada' });
// @ts-expect-error the payload has a field that nobody knows
void everyone.send('said', { from: 'Ada', text: 'hello', loud: true });
// @ts-expect-error the payload is missing
void everyone.send('said');
// @ts-expect-error there is no such message
void everyone.send('shout', 'hello');
// @ts-expect-error this goes the other way
void everyone.send('say', { room: 'lobby', text: 'hello' });
// @ts-expect-error this is a request
void everyone.send('confirm', 'really?');
// @ts-expect-error an audience cannot be asked
void everyone.request('confirm', 'really?');
// @ts-expect-error there is no such confirmation
void everyone.send('kicked', 'bye', { confirm: 'sent' });
// @ts-expect-error undefined is no confirmation: leave it out (exactOptionalPropertyTypes)
void everyone.send('kicked', 'bye', { confirm: undefined });
// @ts-expect-error there is no such option
void everyone.send('kicked', 'bye', { retries: 3 });
// @ts-expect-error the payload of a volatile value lacks a field
everyone.volatile('said', { from: 'Ada' });
// @ts-expect-error a request is no value
everyone.volatile('confirm', 'really?');
// @ts-expect-error this value goes the other way
everyone.volatile('say', { room: 'lobby', text: 'hello' });
// @ts-expect-error of a volatile value nothing is confirmed
everyone.volatile('kicked', 'bye', { confirm: 'handled' });
// @ts-expect-error a client's session is no session of the server
lobby.add(client);
// @ts-expect-error nor can it be left out
lobby.except(client);
// @ts-expect-error a name is text
server.group(5);
// @ts-expect-error everyone is who is there: nobody is added to it
everyone.add(session);
// @ts-expect-error the size follows from the members
lobby.size = 5;

// Without a contract everything goes through.
export async function listen(): Promise<void> {
  await using free = await serve(listener);
  const { handled } = await free.everyone.send('anything', { at: 'all' });
  same<typeof handled, number>();
  void free.everyone.send('nothing');
  free.session$.subscribe((one) => free.group('all').add(one));
  // @ts-expect-error a type is text all the same
  void free.everyone.send(5);
}
