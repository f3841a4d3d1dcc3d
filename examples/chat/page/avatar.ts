import { element } from './dom.ts';

/** A coloured circle with a name's first letter; the same name has the same colour everywhere. */
export function createAvatar(name: string): HTMLSpanElement {
  const avatar = element('span', 'avatar', initialOf(name));
  avatar.setAttribute('aria-hidden', 'true');
  avatar.style.setProperty('--hue', String(hueOf(name)));
  return avatar;
}

/** The first character as people see it, which may be several code points. */
function initialOf(name: string): string {
  for (const { segment } of new Intl.Segmenter().segment(name)) return segment.toUpperCase();
  return '?';
}

/** Steps of 30 degrees: neighbours on the wheel can still be told apart. */
function hueOf(name: string): number {
  let hash = 0;
  for (const char of name) hash = (Math.imul(hash, 31) + char.codePointAt(0)!) >>> 0;
  return (hash % 12) * 30;
}
