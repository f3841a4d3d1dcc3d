/**
 * What chat clients and the chat server say to each other. Everything that can be said is here, and nothing of it exists at run time but
 * the two limits.
 *
 * A client presents itself with `{ name }`. The server refuses a name that is empty, too long or unprintable.
 */
export interface Chat {
  up: {
    /** Something for everybody else. Handled means: it is in the server's log. Refused with `too-long`, and a sentence as data. */
    say: { readonly text: string };
    /** The names of those who are here. */
    who: () => readonly string[];
  };
  down: {
    /** The first message of every session. */
    welcome: Welcome;
    said: Said;
    joined: Presence;
    left: Presence;
    /** You could not keep up and were spared so many lines; these are here now. */
    missed: { readonly lines: number; readonly online: readonly string[] };
  };
  auth: { readonly name: string };
}

export interface Welcome {
  /** The name that the others see: the one you asked for, with a number when it is taken. */
  readonly name: string;
  readonly online: readonly string[];
  /** The last lines that were said, oldest first. */
  readonly history: readonly Said[];
}

export interface Said {
  readonly from: string;
  readonly text: string;
  /** Wall-clock epoch milliseconds of the server. Grows with every line, so it tells lines apart, too. */
  readonly at: number;
}

export interface Presence {
  readonly name: string;
}

/** The longest name, in characters. */
export const NAME_MAX_CHARS = 32;

/** The longest line, in UTF-16 code units. */
export const TEXT_MAX_CHARS = 16_384;
