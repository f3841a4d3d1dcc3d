import { createAvatar } from './avatar.ts';
import { byId, element } from './dom.ts';

/** Who is online; on small screens behind a button that counts them. */
export class PeopleList {
  readonly #list = byId('people');
  readonly #count = byId('people-count');
  readonly #button = byId('people-button');
  readonly #panel = byId('people-panel');
  #names: readonly string[] = [];
  #ownName = '';

  constructor() {
    this.#button.addEventListener('click', () => this.#open(!this.#panel.classList.contains('open')));
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.#open(false);
    });
    document.addEventListener('click', (event) => {
      const target = event.target as Node;
      if (!this.#panel.contains(target) && !this.#button.contains(target)) this.#open(false);
    });
  }

  set(names: readonly string[], ownName: string = this.#ownName): void {
    this.#names = names;
    this.#ownName = ownName;
    this.#count.textContent = String(names.length);
    this.#list.replaceChildren(...names.map((name) => this.#createRow(name)));
  }

  add(name: string): void {
    if (!this.#names.includes(name)) this.set([...this.#names, name]);
  }

  remove(name: string): void {
    this.set(this.#names.filter((other) => other !== name));
  }

  #createRow(name: string): HTMLLIElement {
    const you = name === this.#ownName ? [element('span', 'you', 'you')] : [];
    return element('li', '', createAvatar(name), element('span', 'person', name), ...you);
  }

  #open(isOpen: boolean): void {
    this.#panel.classList.toggle('open', isOpen);
    this.#button.setAttribute('aria-expanded', String(isOpen));
  }
}
