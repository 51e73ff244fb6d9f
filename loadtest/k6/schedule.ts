// How many calls a script plans; nothing of k6.

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
