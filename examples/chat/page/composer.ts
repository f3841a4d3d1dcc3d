import { byId } from './dom.ts';

const MAX_HEIGHT_PX = 160;

/** Where one writes. Enter sends, Shift+Enter begins a new line; it grows with the text. */
export class Composer {
  readonly #form = byId<HTMLFormElement>('composer');
  readonly #text = byId<HTMLTextAreaElement>('text');
  readonly #send = byId<HTMLButtonElement>('send');
  #isEnabled = true;

  constructor(onSend: (text: string) => void) {
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      const text = this.#text.value.trim();
      if (text === '' || !this.#isEnabled) return;
      this.#text.value = '';
      this.#update();
      onSend(text);
    });
    this.#text.addEventListener('input', () => this.#update());
    this.#text.addEventListener('keydown', (event) => {
      // While an input method composes, Enter chooses a word.
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#form.requestSubmit();
    });
    this.#update();
  }

  /** Without a session one may go on writing, but not send. */
  enable(isEnabled: boolean): void {
    this.#isEnabled = isEnabled;
    this.#update();
  }

  focus(): void {
    this.#text.focus();
  }

  #update(): void {
    this.#send.disabled = !this.#isEnabled || this.#text.value.trim() === '';
    this.#text.style.height = 'auto';
    this.#text.style.height = `${Math.min(this.#text.scrollHeight, MAX_HEIGHT_PX)}px`;
  }
}
