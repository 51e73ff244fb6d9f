// When calls of a script begin, and how many; nothing of k6.
import { type CallPlan, closingMs, longestCallMs, turnMs } from './call-plan.ts';

/** Calls that are to begin. */
export interface PlannedCalls {
  least: number;
  most: number;
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A duration as k6 reads it, such as `1h30m`. */
export function durationMs(text: string): number {
  const parts = text.matchAll(/([\d.]+)(ms|h|m|s)/g);
  return [...parts].reduce((sum, [, count, unit]) => sum + Number(count) * unitMs[unit!]!, 0);
}

/** At an even rate for so long; whether one more begins at the very end is chance. */
export function callsWithin(duration: string, everyMs: number): PlannedCalls {
  // A period that is no whole number must not make a whole one less.
  const whole = Math.floor(durationMs(duration) / everyMs + 1e-6);
  return { least: whole, most: whole + 1 };
}

/** k6 takes no shorter scenario. */
const leastMs = 1000;

/** Callers come at an even rate until all are there; each makes one call. */
export function arriving(sessions: number, withinSeconds: number, plan: CallPlan) {
  // Half a pause less, or another one would come at the very end.
  const part = 1 - 0.5 / sessions;
  const duration = Math.max(leastMs, Math.round(withinSeconds * 1000 * part));
  return {
    executor: 'constant-arrival-rate' as const,
    rate: sessions,
    timeUnit: `${Math.round(duration / part)}ms`,
    duration: `${duration}ms`,
    preAllocatedVUs: sessions + Math.ceil(sessions / 10),
    gracefulStop: `${longestCallMs(plan) + closingMs}ms`,
  };
}

/** Calls that come and go, so many at a time, each of about `callSeconds`. */
export function churning(
  sessions: number,
  duration: string,
  callSeconds: number,
  plan: Omit<CallPlan, 'turns'>,
) {
  const turns = Math.max(1, Math.round((callSeconds * 1000) / turnMs({ ...plan, turns: 1 })));
  const call = { ...plan, turns };
  const usualMs = turns * turnMs(call);
  const longestMs = longestCallMs(call) + closingMs;
  return {
    call,
    planned: callsWithin(duration, usualMs / sessions),
    scenario: {
      executor: 'constant-arrival-rate' as const,
      rate: sessions,
      timeUnit: `${usualMs}ms`,
      duration,
      // However slow the target is, k6 must go on calling: it has one for each call that may still be going on.
      preAllocatedVUs: Math.ceil((sessions * longestMs) / usualMs),
      gracefulStop: `${longestMs}ms`,
    },
  };
}
