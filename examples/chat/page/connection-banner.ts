import { describeCause, type SessionState } from '@heartwire/core';
import { byId, element } from './dom.ts';
import { capitalize } from './own-message.ts';

/** How the conversation stands, when it does not simply stand. It lies over the messages, so nothing moves when it comes and goes. */
export class ConnectionBanner {
  readonly #root = byId('banner');
  readonly #onReconnect: () => void;

  constructor(onReconnect: () => void) {
    this.#onReconnect = onReconnect;
  }

  show(state: SessionState): void {
    this.#root.dataset['status'] = state.status;
    switch (state.status) {
      case 'connecting':
        return this.#say('Connecting …');
      case 'open':
        return this.#say('');
      case 'draining':
        return this.#say('Saying goodbye …');
      case 'closed':
        return this.#sayClosed(`${capitalize(describeCause(state.cause))}.`);
    }
  }

  #say(text: string): void {
    this.#root.replaceChildren(text);
  }

  #sayClosed(sentence: string): void {
    const button = element('button', 'reconnect', 'Reconnect');
    button.type = 'button';
    button.addEventListener('click', () => this.#onReconnect());
    this.#root.replaceChildren(element('span', '', element('b', '', 'Disconnected. '), sentence), button);
  }
}
