import type { ViolationClass } from '../check/violation.ts';

/** A small change of the sources that breaks a promise, and what the simulator has to find then. */
export interface PlantedBug {
  /** What the changed code does, as a fault report would say it. */
  readonly name: string;
  /** From the root of the repository. */
  readonly file: string;
  /** It must stand in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** A seed that finds it: it is looked at first. When it no longer does, the others are looked at, and the test says which one does. */
  readonly seed?: number;
  /** One of these must be among the violations. */
  readonly found: readonly ViolationClass[];
}
