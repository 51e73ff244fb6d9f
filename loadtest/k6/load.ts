// How scripts say their load: SESSIONS callers who come within COME_WITHIN_SECONDS, ANSWER_MS of each answer.
import { maxLagMs } from '../max-lag.ts';
import type { CallPlan } from './call-plan.ts';
import { arriving as evenly, type PlannedCalls } from './schedule.ts';

export const sessions = Number(__ENV.SESSIONS ?? 20);
export const answerMs = Number(__ENV.ANSWER_MS ?? 300);
/** Of the cluster's simulated voice service; undefined: it has another one. */
export const emulatorUrl: string | undefined = __ENV.EMULATOR_URL;
const comeWithinSeconds = Number(__ENV.COME_WITHIN_SECONDS ?? 5);

/** Callers come at an even rate until all are there; each makes this call. */
export const arriving = (plan: CallPlan, withinSeconds: number = comeWithinSeconds) =>
  evenly(sessions, withinSeconds, plan);

/** What every script promises; the run fails when it does not hold. */
export function thresholds(calls: PlannedCalls = { least: sessions, most: sessions }) {
  return {
    vjj_failures: ['count==0'],
    // No caller, no measurement.
    vjj_answers: ['count>0'],
    // k6 itself could not keep up: the run is not valid. Of calls it never began it counts nothing.
    vjj_calls: [`count>=${calls.least}`, `count<=${calls.most}`],
    vjj_k6_late_ms: ['p(95)<50'],
    ...(emulatorUrl !== undefined && { vjj_emulator_late_ms: [`value<=${maxLagMs}`] }),
    dropped_iterations: ['count==0'],
  };
}
