/** Ceiling of the first wait, and of every later one, in ms. */
export const firstCeilingMs = 500;
export const lastCeilingMs = 20_000;

/**
 * How long to wait before reconnect number `attempt` (from 0), in ms: full jitter under a ceiling that
 * doubles from 0.5 s to 20 s, so that the callers of a lost gateway do not return in step.
 */
export function reconnectDelayMs(attempt: number, random: () => number = Math.random): number {
  return Math.floor(random() * Math.min(lastCeilingMs, firstCeilingMs * 2 ** attempt));
}
