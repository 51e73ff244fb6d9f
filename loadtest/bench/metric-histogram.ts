import { type Percentiles, rounded } from './statistics.ts';

/** A Prometheus histogram: upper bounds in seconds, and how many were no greater, of all processes together. */
export type Buckets = readonly (readonly [le: number, count: number])[];

/** @param texts what `/metrics` of each process says */
export function bucketsIn(texts: readonly string[], name: string): Buckets {
  const counts = new Map<number, number>();
  const line = new RegExp(`^${name}_bucket\\{le="([^"]+)"[^}]*\\} (\\d+)`, 'gm');
  for (const text of texts)
    for (const [, le, count] of text.matchAll(line)) {
      const bound = le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le);
      counts.set(bound, (counts.get(bound) ?? 0) + Number(count));
    }
  return [...counts].sort(([a], [b]) => a - b);
}

/** What came between two looks, in µs; undefined: nothing did. Right to the width of a bucket, within which it is even. */
export function microsBetween(
  before: Buckets,
  after: Buckets,
): (Percentiles & { count: number }) | undefined {
  const had = new Map(before);
  const came = after.map(([le, count]) => [le, count - (had.get(le) ?? 0)] as const);
  const count = came.at(-1)?.[1] ?? 0;
  if (count <= 0) return undefined;
  const at = (share: number) => {
    const rank = share * count;
    const index = came.findIndex(([, upTo]) => upTo >= rank);
    const [from, below] = came[index - 1] ?? [0, 0];
    const [to, upTo] = came[index]!;
    // Above the last bound nothing is known but that it is above.
    if (to === Number.POSITIVE_INFINITY) return rounded(from * 1e6);
    return rounded((from + ((to - from) * (rank - below)) / (upTo - below)) * 1e6);
  };
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), count };
}
