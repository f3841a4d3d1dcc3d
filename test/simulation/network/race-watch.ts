/**
 * Tells the history what a client does with two connections of one session (PROTOCOL.md §23): whether it makes the second one although the first one speaks, and whether it writes on the first one
 * after HELLO went out on the second.
 */
import { FrameReader, FrameSplitter, FrameType } from '@heartwire/core/engine';
import type { Clock } from '@heartwire/core';
import type { Recorder } from '../history/recorder.ts';
import type { SimProcess } from '../world/sim-process.ts';
import type { LinkEnd, SimLink, WireWatcher } from './sim-link.ts';

const PREFACE_BYTES = 5;
/** How MessagePack writes the id of a session. */
const SESSION_ID = /\xd9\x20([0-9a-f]{32})/;

/** Passes everything on to `next`. */
export function watchRaces(next: WireWatcher, clock: Clock, recorder: Recorder): WireWatcher {
  const watch = new RaceWatch(clock, recorder);
  return {
    wrote(end, bytes) {
      watch.wrote(end, bytes);
      next.wrote(end, bytes);
    },
    arrived(end, what) {
      if (typeof what !== 'string') watch.arrived(end);
      next.arrived(end, what);
    },
    closed: (end, cause) => next.closed(end, cause),
    dials(process, count) {
      watch.dialing(process, count);
      next.dials?.(process, count);
    },
  };
}

class RaceWatch {
  readonly #clock: Clock;
  readonly #recorder: Recorder;
  readonly #speakers = new Set<LinkEnd>();
  readonly #sessions = new Map<SimLink, string>();
  /** The link on which HELLO was the last to ask for a session. */
  readonly #committed = new Map<string, SimLink>();
  readonly #rejected = new Set<SimLink>();
  readonly #heardAtMs = new Map<LinkEnd, number>();
  readonly #dialedAtMs = new Map<SimProcess, number>();

  constructor(clock: Clock, recorder: Recorder) {
    this.#clock = clock;
    this.#recorder = recorder;
  }

  /** Since a dial began, `count` are under way. */
  dialing(process: SimProcess, count: number): void {
    this.#dialedAtMs.set(process, this.#clock.now());
    this.#recorder.note({ type: 'dials', process: process.name, count });
  }

  wrote(end: LinkEnd, bytes: Uint8Array): void {
    if (this.#speakers.has(end)) return this.#wroteMore(end);
    this.#speakers.add(end);
    const { type, session } = readHandshake(bytes);
    if (type === FrameType.REJECT) this.#rejected.add(end.link);
    if (session === null) return;
    if (type === FrameType.HELLO) this.#commit(end, session);
    this.#sessions.set(end.link, session);
  }

  arrived(end: LinkEnd): void {
    this.#heardAtMs.set(end, this.#clock.now());
    if (end.role !== 'client' || !this.#rejected.has(end.link)) return;
    for (const [session, link] of this.#committed) if (link === end.link) this.#committed.delete(session);
  }

  #commit({ link, process }: LinkEnd, session: string): void {
    const dialedAtMs = this.#dialedAtMs.get(process) ?? Infinity;
    for (const [other, of] of this.#sessions) {
      if (of !== session || !other.client.isWriting || other.client.process !== process) continue;
      const heardSince = (this.#heardAtMs.get(other.client) ?? 0) > dialedAtMs;
      this.#recorder.note({ type: 'raced', process: process.name, heardSince });
    }
    this.#committed.set(session, link);
  }

  #wroteMore({ role, link, process }: LinkEnd): void {
    if (role !== 'client') return;
    const committed = this.#committed.get(this.#sessions.get(link) ?? '');
    if (committed !== undefined && committed !== link) {
      this.#recorder.note({ type: 'wrote-behind', process: process.name });
    }
  }
}

/** The first write of an end is its preface and its side of the handshake, and nothing else. */
function readHandshake(bytes: Uint8Array): { readonly type: unknown; readonly session: string | null } {
  const splitter = new FrameSplitter(2 ** 30);
  splitter.push(bytes.subarray(PREFACE_BYTES));
  if (!splitter.next()) return { type: null, session: null };
  const { type } = new FrameReader().read(splitter.bytes, splitter.start, splitter.end);
  const text = Buffer.from(bytes).toString('latin1');
  return { type, session: SESSION_ID.exec(text)?.[1] ?? null };
}
