import type { HeartwireError, Message, Server, ServerStats, Session, SessionState, StateStream } from '@heartwire/core';
import { connect$, throwOnClose, whileAlive } from '@heartwire/core/rx';
import type { Dialer } from '@heartwire/core/transport';
import { interval, retry, switchMap, type Observable } from 'rxjs';
import { client, same } from './chat.ts';

declare const dialer: Dialer;
declare const server: Server<Talk>;

interface Talk {
  up: { say: string };
  down: { said: { text: string } };
}

// A cold session has the types of the contract.
const session$ = connect$<Talk>([dialer], { reconnect: false, drainTimeout: 100 });
same<typeof session$, Observable<Session<Talk['up'], Talk['down'], undefined>>>();
session$.subscribe((session) => {
  void session.send('say', 'hi');
  // @ts-expect-error the server says this
  void session.send('said', { text: 'hi' });
});
// @ts-expect-error an option that does not exist
connect$(dialer, { drain: 100 });

// The operators keep the type of their source.
const steps$ = interval(50).pipe(whileAlive(client));
same<typeof steps$, Observable<number>>();
const scores$ = interval(50).pipe(whileAlive(client, { pauseOn: 'dead', meanwhile: 'latest' }));
same<typeof scores$, Observable<number>>();
// @ts-expect-error no such moment
interval(50).pipe(whileAlive(client, { pauseOn: 'alive' }));
const states$ = client.state$.pipe(throwOnClose());
same<typeof states$, Observable<SessionState>>();
const words$ = session$.pipe(
  switchMap((session) => session.on('said').pipe(throwOnClose(session))),
  retry({ delay: (error: HeartwireError) => interval(error.by === 'local' ? 0 : 1000) }),
);
same<typeof words$, Observable<Message<{ text: string }, 'said'>>>();
// @ts-expect-error without a session it is over the states of one
interval(50).pipe(throwOnClose());

// The figures of a server are numbers, all of them.
same<typeof server.stats$, StateStream<ServerStats>>();
export const figures: Readonly<Record<keyof ServerStats, number>> = server.stats$.value;
