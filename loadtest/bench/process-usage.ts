import { readFileSync } from 'node:fs';

/** What the processes of a system are for. */
export type ProcessKind = 'gateway' | 'worker' | 'recorder' | 'redis' | 'relay';
export type Pids = Partial<Record<ProcessKind, readonly number[]>>;
export type PerKind = Partial<Record<ProcessKind, number>>;

/** Linux counts processor time in hundredths of a second. */
const tickMs = 10;

/** User and system time in a line of /proc/<pid>/stat, ms. The name in it may hold spaces and brackets. */
export function cpuMsIn(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(') ') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

/** Resident memory in /proc/<pid>/status, KiB. */
export function rssKbIn(status: string): number {
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
}

export function cpuMs(pids: Pids): PerKind {
  return perKind(pids, (pid) => cpuMsIn(readFileSync(`/proc/${pid}/stat`, 'utf8')));
}

export function rssKb(pids: Pids): PerKind {
  return perKind(pids, (pid) => rssKbIn(readFileSync(`/proc/${pid}/status`, 'utf8')));
}

/** @throws when a process is gone: what it used cannot be told any more */
function perKind(pids: Pids, read: (pid: number) => number): PerKind {
  return Object.fromEntries(
    Object.entries(pids).map(([kind, of]) => [kind, of.reduce((sum, pid) => sum + read(pid), 0)]),
  );
}

export function difference(after: PerKind, before: PerKind): PerKind {
  return Object.fromEntries(
    Object.entries(after).map(([kind, value]) => [kind, value - (before[kind as ProcessKind] ?? 0)]),
  );
}

export function total(values: PerKind): number {
  return Object.values(values).reduce((sum, value) => sum + value, 0);
}
