/** A message of one's own: its tick follows the delivery from stage to stage, and a failure says why and offers what can be done. */
import type { Delivery, DeliveryError, DeliveryState } from '@heartwire/core';
import { describeFailure } from '../failure.ts';
import { element } from './dom.ts';
import { createTick, MEANINGS } from './tick.ts';

export class OwnMessage {
  readonly text: string;
  readonly #footer: HTMLElement;
  readonly #onSendAgain: (message: OwnMessage) => void;
  #tick = createTick('queued');

  /** `footer` is the line below the bubble. */
  constructor(text: string, footer: HTMLElement, onSendAgain: (message: OwnMessage) => void) {
    this.text = text;
    this.#footer = footer;
    this.#onSendAgain = onSendAgain;
    footer.append(this.#tick);
  }

  follow(delivery: Delivery): void {
    delivery.state$.subscribe((state) => this.#show(state));
  }

  #show(state: DeliveryState): void {
    const tick = createTick(state.stage === 'failed' ? state.error.outcome : state.stage);
    if (state.stage === 'failed') tick.classList.add('failed');
    tick.title = describe(state);
    tick.setAttribute('aria-label', tick.title);
    this.#tick.replaceWith(tick);
    this.#tick = tick;
    // On the left of the time, so that nothing moves when it appears.
    if (state.stage === 'handled') this.#footer.prepend(element('span', 'elapsed', formatElapsed(state.elapsed)));
    if (state.stage === 'failed') this.#explain(state.error);
  }

  #explain(error: DeliveryError): void {
    const reason = element('p', 'reason', `${capitalize(describeFailure(error))}. `);
    // What was refused would be refused again.
    if (error.outcome !== 'refused') reason.append(this.#createAgainButton(error));
    this.#footer.after(reason);
  }

  #createAgainButton({ safeToRetry }: DeliveryError): HTMLButtonElement {
    const again = element('button', 'again', safeToRetry ? 'Send again' : 'Send again, even if it arrives twice');
    again.type = 'button';
    again.addEventListener('click', () => {
      again.remove();
      this.#onSendAgain(this);
    });
    return again;
  }
}

function describe(state: DeliveryState): string {
  switch (state.stage) {
    case 'failed':
      return `${state.error.outcome}: ${describeFailure(state.error)}`;
    case 'delivered':
    case 'handled':
      return `${state.stage} after ${formatElapsed(state.elapsed)}: it ${MEANINGS[state.stage]}`;
    default:
      return `${state.stage}: it ${MEANINGS[state.stage]}`;
  }
}

/** Milliseconds as people read them. */
export function formatElapsed(ms: number): string {
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  return ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** The first letter large, and no full stop at the end. */
export function capitalize(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1).replace(/\.$/, '');
}
