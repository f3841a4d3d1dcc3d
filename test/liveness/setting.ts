/** What is compared: two ends that beat and judge each other, in the manner and with the settings of one library. */
export type Side = 'client' | 'server';

/** One end, in virtual time. */
export interface End {
  /** When it wants to be woken; Infinity: never. */
  readonly nextMs: number;
  wake(nowMs: number): void;
  receive(frame: number, nowMs: number): void;
}

export type VerdictName = 'suspect' | 'dead';

/** What an end is made with. */
export interface EndOptions {
  readonly side: Side;
  readonly nowMs: number;
  readonly rttMs: number;
  readonly random: () => number;
  write(frame: number, nowMs: number): void;
  /** It says this of the other end. */
  judge(verdict: VerdictName, nowMs: number): void;
}

export interface Setting {
  readonly name: string;
  /** Longest silence that is promised, or the time between beats. */
  readonly intervalMs: number;
  /** What a beat may be late by at least before the verdict is spoken, on a way that is known well. */
  toleranceMs(verdict: VerdictName, rttMs: number): number;
  /** Whether *dead* is the end of the connection; otherwise the end goes on and may say it again. */
  readonly isDeathFinal: boolean;
  /** For how many segments at least an end remembers what it saw. */
  readonly memorySegments: number;
  make(options: EndOptions): End;
}
