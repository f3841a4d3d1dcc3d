/**
 * Thrown by a handler to refuse a message or a request: the sender's delivery fails with the outcome `refused`
 * and finds `code` and `data` in `error.refusal`.
 *
 * Any other error that a handler throws reaches the sender as the code `ERR_HW_HANDLER` alone: its text stays at home,
 * because it may tell a stranger how we are built.
 *
 * `code`: your own word, 1 to 64 bytes of UTF-8, for example `'room-full'`; words that begin with `ERR_HW_` are ours. `message` stays on this side.
 * `data`: anything the codec can encode, at most 1 KiB encoded; larger data is left out.
 */
export class Refusal extends Error {
  override readonly name: string = 'Refusal';
  readonly code: string;
  readonly data: unknown;

  constructor(code: string, message?: string, data?: unknown) {
    super(message ?? code);
    this.code = code;
    this.data = data;
  }
}
