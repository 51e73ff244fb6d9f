/** How long to wait before the next try of something that fails again and again. */
export interface RetryPolicy {
  firstMs: number;
  slowestMs: number;
}

/** Doubles with every failure, and half of it is chance, so that many processes do not come back together.
 * @param failures in a row, 1 or more
 * @param random 0–1 */
export function retryDelayMs(failures: number, { firstMs, slowestMs }: RetryPolicy, random: number): number {
  const full = Math.min(slowestMs, firstMs * 2 ** Math.min(failures - 1, 30));
  return Math.round(full * (0.5 + random / 2));
}
