import type { Endpoints } from './endpoints.ts';

/** One behaviour, shown on endpoints of its own. */
export type ComplianceCase = (endpoints: Endpoints) => Promise<void>;

/** Behaviours by title. */
export type ComplianceCases = Readonly<Record<string, ComplianceCase>>;
