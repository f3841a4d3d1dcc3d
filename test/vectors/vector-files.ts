/** The vectors as they stand in the JSON files, and the form of their entries. Each file says in `about` how it is to be read. */
import { readFileSync } from 'node:fs';

export interface VectorFile {
  readonly about: string;
}

export interface Varints extends VectorFile {
  readonly valid: readonly { readonly value: number; readonly hex: string }[];
  readonly invalid: readonly { readonly hex: string; readonly why: string }[];
}

/** Where a frame stands: what its direction carried before, and the largest length that is accepted. */
interface FramePlace {
  readonly after?: readonly string[];
  readonly frameMaxBytes?: number;
  readonly hex: string;
}

export interface ValidFrame extends FramePlace {
  readonly name: string;
  readonly meaning: Meaning;
}

export interface InvalidFrame extends FramePlace {
  readonly why: string;
  /** The code of the ERROR that answers it. */
  readonly error: number;
}

export interface Frames extends VectorFile {
  readonly valid: readonly ValidFrame[];
  readonly invalid: readonly InvalidFrame[];
}

export interface Payloads extends VectorFile {
  readonly valid: readonly { readonly name: string; readonly hex: string; readonly value: unknown }[];
  readonly invalid: readonly { readonly why: string; readonly hex: string; readonly fault: string }[];
}

export type HandshakeName = 'HELLO' | 'WELCOME' | 'REJECT';

export interface Handshakes extends VectorFile {
  readonly valid: readonly {
    readonly name: string;
    readonly frame: HandshakeName;
    readonly hex: string;
    readonly meaning: Readonly<Record<string, unknown>>;
  }[];
  readonly invalid: readonly {
    readonly why: string;
    readonly frame: HandshakeName;
    readonly hex: string;
    readonly answer: { readonly ERROR: number } | { readonly REJECT: string };
  }[];
}

export interface Step {
  readonly from: 'client' | 'server';
  readonly hex: string;
  readonly meaning: Meaning | { readonly type: 'preface' };
}

export interface Dialogues extends VectorFile {
  readonly dialogues: readonly { readonly name: string; readonly steps: readonly Step[] }[];
}

/** What a frame says, with binary as hex. */
export interface Meaning {
  readonly type: string;
  readonly [field: string]: unknown;
}

interface Files {
  readonly varints: Varints;
  readonly frames: Frames;
  readonly payloads: Payloads;
  readonly handshakes: Handshakes;
  readonly dialogues: Dialogues;
}

export const VECTOR_FILES = ['varints', 'frames', 'payloads', 'handshakes', 'dialogues'] as const;

export function readVectors<Name extends keyof Files>(name: Name): Files[Name] {
  return JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), 'utf8')) as Files[Name];
}
