/**
 * The conversation: bubbles, grouped by who speaks, with notes in between.
 *
 * It stays at the newest message while the reader is there, and leaves a reader who has scrolled up in peace. It holds a bounded number of messages.
 */
import type { Said } from '../contract.ts';
import { createAvatar } from './avatar.ts';
import { byId, element } from './dom.ts';
import { OwnMessage } from './own-message.ts';

const MAX_ROWS = 500;
/** Messages of one person within this time stand together. */
const GROUP_MS = 3 * 60_000;
/** So near to the end counts as being there. */
const NEAR_END_PX = 60;

const timeOfDay = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

export class MessageList {
  readonly #list = byId('messages');
  readonly #scroller = byId('scroller');
  readonly #newest = byId('newest');
  #last: { readonly from: string | null; readonly at: number } = { from: null, at: 0 };
  #isAtEnd = true;
  #isScrollDue = false;

  constructor() {
    this.#scroller.addEventListener('scroll', () => this.#noticeScroll(), { passive: true });
    this.#newest.addEventListener('click', () => this.scrollToEnd());
    new ResizeObserver(() => this.#keepAtEnd()).observe(this.#scroller);
  }

  addSaid({ from, text, at }: Said): void {
    const isFirst = this.#isFirstOf(from, at);
    const bubble = element('div', 'bubble', text);
    bubble.dir = 'auto';
    const column = element('div', 'column', bubble, element('div', 'footer', createTime(at)));
    if (isFirst) column.prepend(element('div', 'author', from));
    const row = element('li', isFirst ? 'row first' : 'row', column);
    if (isFirst) row.prepend(createAvatar(from));
    this.#add(row);
    if (!this.#isAtEnd) this.#newest.hidden = false;
  }

  addOwn(text: string, onSendAgain: (message: OwnMessage) => void): OwnMessage {
    const now = Date.now();
    const isFirst = this.#isFirstOf('', now);
    const bubble = element('div', 'bubble', text);
    bubble.dir = 'auto';
    const footer = element('div', 'footer', createTime(now));
    this.#add(element('li', isFirst ? 'row own first' : 'row own', element('div', 'column', bubble, footer)));
    this.scrollToEnd();
    return new OwnMessage(text, footer, onSendAgain);
  }

  addNote(text: string): void {
    this.#last = { from: null, at: 0 };
    this.#add(element('li', 'note', text));
  }

  clear(): void {
    this.#list.replaceChildren();
    this.#last = { from: null, at: 0 };
    this.scrollToEnd();
  }

  scrollToEnd(): void {
    this.#isAtEnd = true;
    this.#newest.hidden = true;
    this.#keepAtEnd();
  }

  /** One's own messages are those from the empty name, which nobody else can have. */
  #isFirstOf(from: string, at: number): boolean {
    const isFirst = this.#last.from !== from || at - this.#last.at > GROUP_MS;
    this.#last = { from, at };
    return isFirst;
  }

  #add(row: HTMLLIElement): void {
    this.#list.append(row);
    while (this.#list.childElementCount > MAX_ROWS) this.#list.firstElementChild!.remove();
    this.#keepAtEnd();
  }

  /** Once per frame, however many messages came. */
  #keepAtEnd(): void {
    if (!this.#isAtEnd || this.#isScrollDue) return;
    this.#isScrollDue = true;
    requestAnimationFrame(() => {
      this.#isScrollDue = false;
      this.#scroller.scrollTop = this.#scroller.scrollHeight;
    });
  }

  #noticeScroll(): void {
    if (this.#isScrollDue) return;
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    this.#isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    if (this.#isAtEnd) this.#newest.hidden = true;
  }
}

function createTime(at: number): HTMLTimeElement {
  const date = new Date(at);
  const time = element('time', '', timeOfDay.format(date));
  time.dateTime = date.toISOString();
  return time;
}
