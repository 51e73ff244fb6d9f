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
  /** Between the least and the most of one of these quarters: what garbage collection alone makes of it. */
  noise: number;
}

/** What of memory grew while the same load came and went; empty when there is too little to say. */
export function memoryGrowth(samples: readonly MemorySample[]): MemoryGrowth[] {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined) return [];
  const at = (share: number) => first.atMs + (last.atMs - first.atMs) * share;
  const within = (from: number, to: number) =>
    samples.filter(({ atMs }) => atMs >= at(from) && atMs <= at(to));
  const [warm, end] = [within(0.25, 0.5), within(0.75, 1)];
  if (warm.length < 3 || end.length < 3) return [];
  return Object.keys(first.mib).map((role) => {
    const of = (some: readonly MemorySample[]) => some.map(({ mib }) => mib[role] ?? 0);
    return {
      role,
      warm: median(of(warm)),
      end: median(of(end)),
      noise: Math.max(range(of(warm)), range(of(end))),
    };
  });
}

/**
 * What a soak says of memory.
 * @param unread why the last samples are missing
 */
export function memoryReport(samples: readonly MemorySample[], unread?: string): string {
  const growth = memoryGrowth(samples);
  if (growth.length === 0) {
    const why = unread === undefined ? 'this was too short to say' : `/status could not be read (${unread})`;
    return `Whether memory grows is not known: ${why}.`;
  }
  const grown = growth.filter(({ warm, end, noise }) => end - warm > noise);
  const sentences = grown.map(
    ({ role, warm, end, noise }) =>
      `The memory of ${role} grew by ${(end - warm).toFixed(0)} MiB, more than the ${noise.toFixed(0)} it comes and goes by.`,
  );
  if (grown.length === 0) sentences.push('No memory grew by more than it comes and goes by.');
  if (unread !== undefined)
    sentences.push(`That is only of the time until /status could not be read any more (${unread}).`);
  return `${sentences.join('\n')}\n\n${memoryTable(growth)}`;
}

/** As the runbook shows it. */
function memoryTable(growth: readonly MemoryGrowth[]): string {
  const rows = growth.map(
    ({ role, warm, end, noise }) =>
      `| ${role} | ${warm.toFixed(0)} | ${end.toFixed(0)} | ${signed(end - warm)} | ${noise.toFixed(0)} |`,
  );
  return [
    '| memory of all processes, MiB | warm | at the end | growth | least to most in a quarter of the time |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(0)}`;
}

function range(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
