import type { Delivery, Receipt } from '@heartwire/core';
import { client, same, session } from './chat.ts';

// Messages take their payload, and give a receipt.
const said = client.send('say', { room: 'lobby', text: 'hello' });
same<typeof said, Delivery>();
same<Awaited<typeof said>, Receipt>();
void session.send('said', { from: 'Ada', text: 'hello' });
void session.send('kicked', 'bye');

// A payload that may be undefined may be left out; options come after it.
void client.send('quit');
void client.send('quit', undefined, { confirm: 'delivered' });
void client.send('note');
void client.send('note', 'text');
void client.send('say', { room: 'lobby', text: 'hello' }, { confirm: 'handled' });

// @ts-expect-error the payload lacks a field
void client.send('say', { room: 'lobby' });
// @ts-expect-error a field has the wrong type
void client.send('say', { room: 'lobby', text: 1 });
// @ts-expect-error the payload has a field that nobody knows
void client.send('say', { room: 'lobby', text: 'hello', loud: true });
// @ts-expect-error the payload is missing
void client.send('say');
// @ts-expect-error this message has no payload
void client.send('quit', 'bye');
// @ts-expect-error there is no such message
void client.send('shout', 'hello');
// @ts-expect-error this goes the other way
void client.send('said', { from: 'Ada', text: 'hello' });
// @ts-expect-error this goes the other way
void session.send('say', { room: 'lobby', text: 'hello' });
// @ts-expect-error this is a request
void client.send('members', 'lobby');
// @ts-expect-error there is no such confirmation
void client.send('quit', undefined, { confirm: 'sent' });
// @ts-expect-error undefined is no confirmation: leave it out (exactOptionalPropertyTypes)
void client.send('quit', undefined, { confirm: undefined });

// Volatile values take the payload of their message, and give nothing.
const at = client.volatile('move', { kind: 'up', steps: 1 }, { key: 7 });
same<typeof at, void>();
client.volatile('say', { room: 'lobby', text: 'hello' }, { key: 'lobby' });
client.volatile('quit');
client.volatile('note', undefined, { key: 'a' });
session.volatile('kicked', 'bye');

// @ts-expect-error the payload lacks a field
client.volatile('say', { room: 'lobby' });
// @ts-expect-error the payload is missing
client.volatile('say');
// @ts-expect-error a key is text or a number
client.volatile('quit', undefined, { key: { player: 7 } });
// @ts-expect-error nobody confirms it
client.volatile('quit', undefined, { confirm: 'delivered' });
// @ts-expect-error this goes the other way
client.volatile('said', { from: 'Ada', text: 'hello' });
// @ts-expect-error this is a request
client.volatile('members', 'lobby');

// Requests take their argument, and give their answer, also when it comes later.
const members = client.request('members', 'lobby');
same<typeof members, Delivery<string[]>>();
const time = client.request('time');
same<typeof time, Delivery<number>>();
const joined = client.request('join', 'lobby');
same<Awaited<typeof joined>, { count: number }>();
const left = client.request('leave', 'lobby');
same<Awaited<typeof left>, void>();
const confirmed = session.request('confirm', 'really?');
same<Awaited<typeof confirmed>, boolean>();

// @ts-expect-error the argument is missing
void client.request('members');
// @ts-expect-error the argument has the wrong type
void client.request('members', 5);
// @ts-expect-error this request takes no argument
void client.request('time', 5);
// @ts-expect-error this is a message
void client.request('say', { room: 'lobby', text: 'hello' });
// @ts-expect-error there is no such request
void client.request('rooms');
// @ts-expect-error this goes the other way
void client.request('confirm', 'really?');
// @ts-expect-error a request has no options
void client.request('members', 'lobby', { confirm: 'delivered' });
