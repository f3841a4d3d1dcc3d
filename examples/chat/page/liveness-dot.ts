import type { Liveness } from '@heartwire/core';
import { byId } from './dom.ts';
import { formatElapsed } from './own-message.ts';

const WORDS: Readonly<Record<Liveness['status'], string>> = {
  unknown: '…',
  alive: 'alive',
  suspect: 'silent',
  stalled: 'busy',
  dead: 'gone',
};

/** Is the other side still there? A dot that beats when something was heard, and the round trip beside it. */
export class LivenessDot {
  readonly #root = byId('liveness');
  readonly #dot = this.#root.querySelector('.dot')!;
  readonly #roundTrip = this.#root.querySelector('.round-trip')!;

  show({ status, rtt, srtt }: Liveness): void {
    const word = WORDS[status];
    this.#root.dataset['status'] = status;
    this.#roundTrip.textContent = status === 'alive' && rtt !== null ? formatElapsed(rtt) : word;
    const detail = rtt === null ? '' : `, round trip ${formatElapsed(rtt)}, on average ${formatElapsed(srtt ?? rtt)}`;
    this.#root.title = `Server ${word}${detail}`;
    this.#root.setAttribute('aria-label', this.#root.title);
    if (status === 'alive') this.#beat();
  }

  /** There is no connection that could be alive. */
  showLost(): void {
    this.#root.dataset['status'] = 'dead';
    this.#roundTrip.textContent = 'lost';
    this.#root.title = 'The connection is lost';
    this.#root.setAttribute('aria-label', this.#root.title);
  }

  #beat(): void {
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    this.#dot.animate([{ boxShadow: '0 0 0 0 currentColor' }, { boxShadow: '0 0 0 8px transparent' }], 700);
  }
}
