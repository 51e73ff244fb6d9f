import type { DialectName } from './dialect.ts';
import type { PatternName } from './pattern.ts';
import type { Pids, ProcessKind } from './process-usage.ts';
import type { Row } from './rows.ts';

/** A system that is measured, as it runs. */
export interface BenchSystem {
  /** `relay`, `cluster-1x1`, … */
  name: string;
  url: string;
  dialects: readonly DialectName[];
  pids: Pids;
  metrics: Partial<Record<ProcessKind, readonly string[]>>;
  redisUrl: string | undefined;
  /** Processes that stand still while it is measured. */
  stopped: readonly number[];
}

/** What `npm run bench` tells the program that measures. */
export interface BenchPlan {
  /** As it was typed: printed on what is drawn. */
  command: string;
  machine: string;
  date: string;
  emulatorUrl: string;
  systems: readonly BenchSystem[];
  patterns: readonly Exclude<PatternName, 'idle'>[];
  sessions: readonly number[];
  /** Length of the answers of the seed's pattern. */
  seedAnswerMs: number;
  rounds: number;
  warmUpSeconds: number;
  seconds: number;
  settleMs: number;
  /** Between runs: a burst that comes right after another finds what that one has left of the connections kept ready. */
  pauseMsPerSession: number;
  idleSessions: number;
  /** Folder of the pictures; undefined: none are drawn. */
  pictures: string | undefined;
  /** Folder in which profiled processes write. */
  profiles: string | undefined;
}

export interface BenchReport {
  machine: string;
  date: string;
  command: string;
  /** Load average of the machine before and after. */
  load: { before: number; after: number };
  rows: readonly Row[];
}
