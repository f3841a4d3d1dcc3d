import type { AnyMessage, AnyPendingMessage, Message, PendingMessage } from '@heartwire/core';
import type { Observable } from 'rxjs';
import { client, same, session, type Chat } from './chat.ts';

// Taps know what they watch.
same<typeof client.messages$, Observable<AnyMessage<Chat['down']>>>();
client.on('said').subscribe((message) => {
  same<typeof message, Message<{ from: string; text: string }, 'said'>>();
  same<typeof message.type, 'said'>();
  same<typeof message.volatile, true | undefined>();
});
// The union of all narrows by the type; requests are not in it.
client.messages$.subscribe((message) => {
  same<typeof message.type, 'said' | 'kicked'>();
  if (message.type === 'kicked') same<typeof message.data, string>();
  else same<typeof message.data, { from: string; text: string }>();
});
session.messages$.subscribe((message) => {
  switch (message.type) {
    case 'say':
      return same<typeof message.data, { room: string; text: string }>();
    case 'quit':
      return same<typeof message.data, undefined>();
    case 'move':
      return same<typeof message.data, { kind: 'up'; steps: number } | { kind: 'stop' }>();
    case 'note':
      return same<typeof message.data, string | undefined>();
  }
});

// Iterators, too, and what they give can be settled.
export async function iterate(): Promise<void> {
  for await (const message of client.messages('said')) {
    same<typeof message, PendingMessage<{ from: string; text: string }, 'said'>>();
    message.accept();
  }
  for await (const message of client.messages()) {
    same<typeof message, AnyPendingMessage<Chat['down']>>();
    if (message.type === 'kicked') same<typeof message.data, string>();
    message.refuse('no', { any: 'data' });
  }
  const controller = new AbortController();
  client.messages({ signal: controller.signal });
  client.messages('kicked', { signal: controller.signal });
}

// @ts-expect-error there is no such message
client.on('whispered');
// @ts-expect-error this goes the other way
client.on('say');
// @ts-expect-error a request is no message
client.on('confirm');
// @ts-expect-error a request cannot be iterated over
client.messages('confirm');
// @ts-expect-error this goes the other way
client.messages('say');
// @ts-expect-error a tap settles nothing
client.on('said').subscribe((message) => message.accept());
// @ts-expect-error a message is read-only
client.on('said').subscribe((message) => (message.id = 5));
