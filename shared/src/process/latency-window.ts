import { monotonicMs } from '../clock.ts';

/** Each bound is this much above the one before: a percentile is right to 7 %. */
const growth = 1.15;
const firstBoundMs = 0.5;
/** Reaches beyond two minutes. */
const buckets = 90;
const sliceMs = 30_000;
/** Five minutes, the oldest slice leaving as a whole. */
const slices = 10;

const logGrowth = Math.log(growth);

function bucketOf(ms: number): number {
  if (ms <= firstBoundMs) return 0;
  return Math.min(buckets - 1, Math.ceil(Math.log(ms / firstBoundMs) / logGrowth));
}

/** How long something took in the last five minutes, as counts that several processes' can be added up with. */
export class LatencyWindow {
  readonly #slices = Array.from({ length: slices }, () => new Uint32Array(buckets));
  #slice = 0;
  #until = monotonicMs() + sliceMs;

  observe(ms: number): void {
    this.#turn();
    this.#slices[this.#slice]![bucketOf(ms)]! += 1;
  }

  /** `<bucket>:<count>` of those that are not empty, comma separated. */
  encode(): string {
    this.#turn();
    const parts: string[] = [];
    for (let bucket = 0; bucket < buckets; bucket++) {
      let count = 0;
      for (const slice of this.#slices) count += slice[bucket]!;
      if (count > 0) parts.push(`${bucket}:${count}`);
    }
    return parts.join(',');
  }

  #turn(): void {
    for (const now = monotonicMs(); now >= this.#until; this.#until += sliceMs) {
      // After a long pause every slice is old.
      if (now - this.#until > sliceMs * slices) this.#until = now;
      this.#slice = (this.#slice + 1) % slices;
      this.#slices[this.#slice]!.fill(0);
    }
  }
}

export interface Latency {
  count: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
}

/** Percentiles over what several processes saw; undefined: nothing was seen. What cannot be read is left out. */
export function mergedLatency(encoded: readonly string[]): Latency | undefined {
  const counts = new Float64Array(buckets);
  for (const part of encoded.flatMap((text) => text.split(','))) {
    const [bucket, count] = part.split(':').map(Number);
    if (bucket !== undefined && count! > 0 && bucket >= 0 && bucket < buckets) counts[bucket]! += count!;
  }
  const count = counts.reduce((sum, each) => sum + each, 0);
  if (count === 0) return undefined;
  const at = (share: number): number => {
    let seen = 0;
    for (let bucket = 0; bucket < buckets; bucket++) {
      seen += counts[bucket]!;
      if (seen >= share * count) return Math.round(firstBoundMs * growth ** bucket * 10) / 10;
    }
    return Number.POSITIVE_INFINITY;
  };
  return { count, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
}
