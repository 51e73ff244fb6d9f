import type { DialectName } from './dialect.ts';
import type { PatternName } from './pattern.ts';
import type { Watermarks } from './process-metrics.ts';
import type { PerKind, Pids, ProcessKind } from './process-usage.ts';
import type { Percentiles } from './statistics.ts';

/** What the driver is told. */
export interface RunPlan {
  url: string;
  dialect: DialectName;
  pattern: PatternName;
  sessions: number;
  answerMs: number;
  /** The driver connects callers to itself before (`warm-driver.ts`); what only warms up the systems need not. */
  warmsUp: boolean;
  /** How long is measured, and how long nothing is before that, once all callers talk. */
  seconds: number;
  settleMs: number;
  emulatorUrl: string;
  pids: Pids;
  /** Addresses of `/metrics`, by what they are of. */
  metrics: Partial<Record<ProcessKind, readonly string[]>>;
  /** Processes told to write a profile of what is measured (`profile-window.ts`). */
  profiled: readonly number[];
  /** Processes that stand still while it is measured (SIGSTOP). */
  stopped: readonly number[];
}

/** Percentiles in µs, and of how many. */
export type Micros = Percentiles & { count: number };

/** What the driver tells. */
export interface RunFigures {
  seconds: number;
  /** Callers that were connected in time. */
  ready: number;
  /** Spoken while it was measured, and how many of them were answered. */
  turns: number;
  answers: number;
  connectMs: number[];
  ttfbResponseMs: number[];
  ttfbAudioMs: number[];
  bargeInMs: number[];
  /** From the caller to the voice service, sorted. */
  frameMs: number[];
  cpuMs: PerKind;
  driverCpuMs: number;
  /** While the callers connected. */
  connectLagP99Ms: number;
  emulatorConnectLagP99Ms: number;
  driverLagP99Ms: number;
  emulatorLagP99Ms: number;
  loopLagP99Ms: PerKind;
  watermarks: Watermarks;
  /** What handing over one audit event takes of a worker's event loop, and writing those of one turn of it. */
  evidenceMicros: { event: Micros | undefined; write: Micros | undefined };
  /** Growth of resident memory by idle sessions; of others, none is told. */
  rssKb: PerKind;
  errors: Record<string, number>;
}
