/** Resident memory of all processes of a role at a moment. */
export interface MemorySample {
  atMs: number;
  /** MiB by role, all its processes together. */
  mib: Readonly<Record<string, number>>;
}

export interface MemoryGrowth {
  role: string;
  /** MiB: the median of the second quarter of the time, when everything is warm, and of the last one. */
  warm: number;
  end: number;
  /** Between the least and the most from the second quarter on: what garbage collection alone makes of it. */
  noise: number;
}

/** What of memory grew while the same load came and went; empty when there is too little to say. */
export function memoryGrowth(samples: readonly MemorySample[]): MemoryGrowth[] {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined) return [];
  const at = (share: number) => first.atMs + (last.atMs - first.atMs) * share;
  const within = (from: number, to: number) =>
    samples.filter(({ atMs }) => atMs >= at(from) && atMs <= at(to));
  const [warm, end, both] = [within(0.25, 0.5), within(0.75, 1), within(0.25, 1)];
  if (warm.length < 3 || end.length < 3) return [];
  return Object.keys(first.mib).map((role) => {
    const of = (some: readonly MemorySample[]) => some.map(({ mib }) => mib[role] ?? 0);
    return {
      role,
      warm: median(of(warm)),
      end: median(of(end)),
      noise: Math.max(...of(both)) - Math.min(...of(both)),
    };
  });
}

/** As the runbook shows it. */
export function memoryTable(growth: readonly MemoryGrowth[]): string {
  const rows = growth.map(
    ({ role, warm, end, noise }) =>
      `| ${role} | ${warm.toFixed(0)} | ${end.toFixed(0)} | ${signed(end - warm)} | ${noise.toFixed(0)} |`,
  );
  return [
    '| memory of all processes, MiB | warm | at the end | growth | least to most |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(0)}`;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
