import type { CloseCause, Dialer, Listener } from '@heartwire/core';

/** The kinds of cause that an end may see, where the platform leaves more than one open. */
export type PossibleCauses = readonly CloseCause['kind'][];

/** What a transport gives the suite for one case: a place to listen, a way there, and what is peculiar to it. */
export interface ComplianceTarget {
  /** Listens on a free address, each time it is told to. */
  readonly listener: Listener;
  /** Dials what the listener said that its address is. */
  dialer(address: string): Dialer;
  /** What the name of the transport is in `session.peer`. */
  readonly name: string;
  /** What each side sees when the other one is destroyed. */
  readonly whenDestroyed: { readonly clientSees: PossibleCauses; readonly serverSees: PossibleCauses };
  /** What the client sees when nobody listens. */
  readonly whenNobodyListens: PossibleCauses;
  /** Called when everything that was made with it is closed. */
  close(): Promise<void>;
}
