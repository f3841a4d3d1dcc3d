import { byId } from './dom.ts';

/**
 * Has the server reset the connection of this page, for some seconds, as a broken network would.
 *
 * A page cannot break its own WebSocket, it can only close it in good order; and that would show nothing. So the server is asked, over another
 * connection, and it cuts the one that carries the name that this page has drawn.
 */
export class CutButton {
  /** What this page's connections are called; nobody else can guess it. */
  readonly linkName: string = drawName();
  readonly #button = byId<HTMLButtonElement>('cut');

  constructor() {
    this.#button.addEventListener('click', () => {
      // Whether it worked is seen by the connection.
      fetch(`/cut?link=${this.linkName}`, { method: 'POST' }).catch(() => {});
    });
  }

  /** Only what stands can be cut. */
  enable(isEnabled: boolean): void {
    this.#button.disabled = !isEnabled;
  }
}

/** Not `randomUUID`: browsers have that on secure pages only, and this one may be opened by its address in the network. */
function drawName(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
