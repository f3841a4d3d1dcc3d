/**
 * What heartwire promises, held against a transport: one function, and the test of a transport is its wiring.
 *
 * A case gets endpoints of its own and shares nothing. It sees the public API only, so the same cases run over every transport,
 * on the sources and on the built packages, in Node and in a browser.
 */
import { suite } from 'uvu';
import { withDeadline } from '../support/with-deadline.ts';
import { CASES } from './cases/index.ts';
import type { ComplianceCase } from './compliance-case.ts';
import type { ComplianceTarget } from './compliance-target.ts';
import { Endpoints } from './endpoints.ts';

/** Generous, because it is only ever waited out by a case that fails. */
const CASE_DEADLINE_MS = 20_000;
const CLOSE_DEADLINE_MS = 10_000;

/** Makes and runs the suite of one transport. `setup` gives a fresh target for each case. */
export function heartwireCompliance(name: string, setup: () => ComplianceTarget | Promise<ComplianceTarget>): void {
  const compliance = suite(`heartwire over ${name}`);
  for (const [title, run] of CASES) compliance(title, () => runCase(run, setup));
  compliance.run();
}

/** Runs one case over a fresh target and ends whatever it left. */
export async function runCase(
  run: ComplianceCase,
  setup: () => ComplianceTarget | Promise<ComplianceTarget>,
): Promise<void> {
  const endpoints = new Endpoints(await setup());
  try {
    await withDeadline(CASE_DEADLINE_MS, run(endpoints), () => `the end of the case; ${endpoints.describe()}`);
  } finally {
    await withDeadline(CLOSE_DEADLINE_MS, endpoints.close(), () => `the end of all endpoints; ${endpoints.describe()}`);
  }
}
