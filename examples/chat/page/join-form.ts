import { byId } from './dom.ts';
import { createLegend } from './tick.ts';

/** Per tab, so that two tabs can be two people. */
const NAME_KEY = 'heartwire-chat-name';

/** The entrance: asks for a name, and says why when the server does not accept it. */
export class JoinForm {
  readonly #root = byId('entrance');
  readonly #name = byId<HTMLInputElement>('name');
  readonly #problem = byId('name-problem');

  constructor(onJoin: (name: string) => void) {
    byId('legend').append(...createLegend());
    this.#name.value = sessionStorage.getItem(NAME_KEY) ?? '';
    byId('join').addEventListener('submit', (event) => {
      event.preventDefault();
      const name = this.#name.value.trim();
      if (name === '') {
        this.show('Please choose a name.');
        return;
      }
      sessionStorage.setItem(NAME_KEY, name);
      this.hide();
      onJoin(name);
    });
    this.show();
  }

  show(problem = ''): void {
    this.#root.hidden = false;
    this.#problem.textContent = problem;
    this.#name.setAttribute('aria-invalid', String(problem !== ''));
    this.#name.focus();
  }

  hide(): void {
    this.#root.hidden = true;
  }
}
