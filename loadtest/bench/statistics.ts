export interface Percentiles {
  p50: number;
  p95: number;
  p99: number;
}

/** Percentiles by nearest rank, rounded to hundredths; undefined: there is nothing to tell. */
export function percentiles(values: readonly number[]): Percentiles | undefined {
  if (values.length === 0) return undefined;
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => rounded(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** The middle of several rounds; of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return rounded(sorted[middle]!);
  return rounded(((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2);
}

/** Median of each field over rounds; of those rounds that have it. */
export function medianOf<T extends object>(rounds: readonly (T | undefined)[]): T | undefined {
  const known = rounds.filter((round) => round !== undefined);
  const [first] = known;
  if (first === undefined) return undefined;
  const fields = Object.keys(first) as (keyof T)[];
  return Object.fromEntries(
    fields.map((field) => [field, median(known.map((round) => Number(round[field])))]),
  ) as T;
}

/** How far rounds are apart: (greatest − least) / median; null: fewer than two of them have a value. */
export function spreadOf(values: readonly (number | undefined)[]): number | null {
  const known = values.filter((value) => value !== undefined);
  if (known.length < 2) return null;
  const middle = median(known);
  return middle === 0 ? 0 : rounded((Math.max(...known) - Math.min(...known)) / middle);
}

export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
