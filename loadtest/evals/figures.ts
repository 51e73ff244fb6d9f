export interface Spread {
  p50: number;
  p95: number;
  max: number;
}

/** Percentiles of measured values, rounded to tenths; all 0 when there are none. */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const rounded = (value: number) => Math.round(value * 10) / 10;
  return { p50: rounded(at(0.5)), p95: rounded(at(0.95)), max: rounded(sorted.at(-1) ?? 0) };
}
