import type { AnySession, HandlerContext } from '@heartwire/core';
import { client, same, session } from './chat.ts';

// A handler knows its payload, and may return anything or nothing.
session.handle('say', ({ room, text }, context) => {
  same<typeof room, string>();
  same<typeof text, string>();
  same<typeof context, HandlerContext>();
  same<typeof context.session, AnySession>();
  same<typeof context.signal, AbortSignal>();
});
session.handle('say', async ({ text }) => text.length);
session.handle('quit', (data) => same<typeof data, undefined>());
session.handle('note', (data) => same<typeof data, string | undefined>());
// A payload that is a union is one payload, not several handlers.
session.handle('move', (data) => (data.kind === 'up' ? data.steps : 0));
client.handle('said', ({ from }) => same<typeof from, string>(), { concurrency: 4 });

// A handler of a request answers, at once or later.
session.handle('members', (room) => [room]);
session.handle('members', (room) => Promise.resolve([room]));
session.handle('time', () => 1);
session.handle('join', (room) => ({ count: room.length }));
session.handle('join', async (room) => ({ count: room.length }));
session.handle('leave', () => {});
client.handle('confirm', (question) => question.length > 0);

// Its end takes it away.
{
  using handler = session.handle('say', () => {});
  same<typeof handler, Disposable>();
}

// @ts-expect-error there is no such type
session.handle('shout', () => {});
// @ts-expect-error this goes the other way
session.handle('said', () => {});
// @ts-expect-error the payload is not a string
session.handle('say', (text: string) => text);
// @ts-expect-error the argument is not a number
session.handle('members', (room: number) => [String(room)]);
// @ts-expect-error the answer is not a number
session.handle('members', () => 5);
// @ts-expect-error the answer that comes later is not a number
session.handle('members', () => Promise.resolve(5));
// @ts-expect-error the answer is missing
session.handle('members', () => {});
// @ts-expect-error the answer has the wrong shape
session.handle('join', () => ({ total: 1 }));
// @ts-expect-error there is no such option
session.handle('say', () => {}, { parallel: 4 });
// @ts-expect-error undefined is no concurrency: leave it out (exactOptionalPropertyTypes)
session.handle('say', () => {}, { concurrency: undefined });
// @ts-expect-error a handler is a function
session.handle('say', 'handler');
