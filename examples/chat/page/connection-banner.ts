import { describeCause, type SessionState } from '@heartwire/core';
import { byId, element } from './dom.ts';
import { capitalize } from './own-message.ts';

/** How long it is told that the connection is back. */
const RESUMED_MS = 4000;
const COUNTDOWN_STEP_MS = 200;

/** How the conversation stands, when it does not simply stand. It lies over the messages, so nothing moves when it comes and goes. */
export class ConnectionBanner {
  readonly #root = byId('banner');
  readonly #countdown = element('span', 'countdown');
  readonly #onBeginAnew: () => void;
  #retryAt: number | null = null;
  #timer = 0;

  /** `onBeginAnew` is called when the session is over and the person would like another one. */
  constructor(onBeginAnew: () => void) {
    this.#onBeginAnew = onBeginAnew;
    // Somebody who listens to the page hears what has happened, but no numbers.
    this.#countdown.setAttribute('aria-hidden', 'true');
  }

  show(state: SessionState): void {
    if (state.status === 'suspended') return this.#showSuspended(state);
    this.#clear(state.status);
    switch (state.status) {
      case 'connecting':
        return this.#root.append(`Connecting …${state.attempt > 1 ? ` (attempt ${state.attempt})` : ''}`);
      case 'draining':
        return this.#root.append('Saying goodbye …');
      case 'closed':
        return this.#sayClosed(`${capitalize(describeCause(state.cause))}.`);
      default:
    }
  }

  /** The session goes on over another connection. */
  showResumed(): void {
    this.#clear('resumed');
    this.#root.append(element('span', '', element('b', '', 'Back again.'), ' Nothing was lost.'));
    this.#timer = window.setTimeout(() => this.clear(), RESUMED_MS);
  }

  /** The person has left. */
  clear(): void {
    this.#clear('open');
  }

  /** Every attempt tells it anew; only the first one has to be read. */
  #showSuspended({ cause, retryAt }: SessionState & { status: 'suspended' }): void {
    this.#retryAt = retryAt;
    if (this.#root.dataset['status'] !== 'suspended') {
      this.#clear('suspended');
      this.#root.title = `${capitalize(describeCause(cause))}.`;
      const words = element(
        'span',
        '',
        element('b', '', 'Connection lost.'),
        ' What you write waits. ',
        this.#countdown,
      );
      this.#root.append(words);
      this.#timer = window.setInterval(() => this.#count(), COUNTDOWN_STEP_MS);
    }
    this.#count();
  }

  #count(): void {
    const leftMs = (this.#retryAt ?? 0) - Date.now();
    this.#countdown.textContent = leftMs > 500 ? `Next attempt in ${Math.ceil(leftMs / 1000)} s.` : 'Trying again …';
  }

  #sayClosed(sentence: string): void {
    const button = element('button', 'begin-anew', 'Begin anew');
    button.type = 'button';
    button.addEventListener('click', () => this.#onBeginAnew());
    this.#root.append(element('span', '', element('b', '', 'The conversation is over. '), sentence), button);
  }

  #clear(status: string): void {
    clearTimeout(this.#timer);
    this.#root.dataset['status'] = status;
    this.#root.title = '';
    this.#root.replaceChildren();
  }
}
