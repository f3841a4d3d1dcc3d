/** Who may come in: everybody who has a name that others can read. */
import { Refusal } from '@heartwire/core';
import { NAME_MAX_CHARS, type Chat } from '../contract.ts';
import { isPrintable } from '../printable.ts';

/** Reads `{ name }` from what a client presents; throws a Refusal with a sentence for the person. */
export function checkCredentials(credentials: unknown): Chat['auth'] {
  const given = (credentials as { readonly name?: unknown } | undefined | null)?.name;
  if (typeof given !== 'string') throw new Refusal('name-missing', 'please say who you are: { name }');
  const name = given.normalize('NFC').trim().replaceAll(/\s+/g, ' ');
  if (name === '') throw new Refusal('name-empty', 'please choose a name');
  const { length } = Array.from(name);
  if (length > NAME_MAX_CHARS) {
    throw new Refusal('name-too-long', `please choose a shorter name: ${length} characters, at most ${NAME_MAX_CHARS}`);
  }
  if (!isPrintable(name)) throw new Refusal('name-unprintable', 'please choose a name without control characters');
  return { name };
}
