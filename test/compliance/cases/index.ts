// All cases of the compliance suite, by title.
import type { ComplianceCase } from '../compliance-case.ts';
import { authentication } from './authentication.ts';
import { backPressure } from './back-pressure.ts';
import { broadcasts } from './broadcasts.ts';
import { confirmation } from './confirmation.ts';
import { destroying } from './destroying.ts';
import { goodbye } from './goodbye.ts';
import { iteration } from './iteration.ts';
import { liveness } from './liveness.ts';
import { manySessions } from './many-sessions.ts';
import { opening } from './opening.ts';
import { order } from './order.ts';
import { payloads } from './payloads.ts';
import { refusals } from './refusals.ts';
import { requests } from './requests.ts';
import { resuming } from './resuming.ts';
import { strangers } from './strangers.ts';
import { taps } from './taps.ts';
import { volatileValues } from './volatile.ts';
import { withdrawing } from './withdrawing.ts';

export const CASES: ReadonlyMap<string, ComplianceCase> = new Map(
  [
    opening,
    authentication,
    confirmation,
    order,
    requests,
    refusals,
    payloads,
    backPressure,
    iteration,
    taps,
    volatileValues,
    withdrawing,
    goodbye,
    destroying,
    liveness,
    manySessions,
    broadcasts,
    resuming,
    strangers,
  ].flatMap((cases) => Object.entries<ComplianceCase>(cases)),
);
