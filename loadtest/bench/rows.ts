import { maxConnectLagMs, maxLagMs } from '../max-lag.ts';
import type { DialectName } from './dialect.ts';
import type { PatternName } from './pattern.ts';
import type { Watermarks } from './process-metrics.ts';
import { type PerKind, total } from './process-usage.ts';
import type { Micros, RunFigures } from './run-plan.ts';
import { medianOf, type Percentiles, percentiles, rounded, spreadOf } from './statistics.ts';

/** Memory of one idle session, and what went wrong when it was measured. */
export interface IdleCost {
  /** Undefined: not all sessions were there, so that the growth is not theirs. */
  rssKbPerSession: number | undefined;
  errors: Record<string, number>;
}

/** One system at one load: medians over rounds. Durations are ms. */
export interface Row {
  pattern: PatternName;
  client: 'json' | 'binary';
  system: string;
  sessions: number;
  answerMs: number;
  /** From the beginning of the connection to `provider.ready`; of the relay, until the service has taken the settings. Null: see `connectInvalidBecause`. */
  connectMs: Percentiles | null;
  /** End of the turn (commit; open-mic: `speech.stopped`) to the beginning of the answer. */
  ttfbResponseMs: Percentiles | undefined;
  /** … to the first audio of lane B. */
  ttfbAudioMs: Percentiles | undefined;
  /** Caller to voice service, and the same less the relay's at the same load. */
  frameMs: Percentiles | undefined;
  addedFrameMs: Percentiles | undefined;
  bargeInMs: Percentiles | undefined;
  cpuMsPerSessionMinute: PerKind & { total: number };
  /** Of gateway and worker, or the relay, when sessions only wait; undefined: not measured, or `idleErrors` say why. */
  rssKbPerSession: number | undefined;
  /** Null: none of its processes tells. */
  loopLagMs: { p99: number | null };
  /** The greatest of all rounds. */
  watermarks: Watermarks;
  /** Of a worker's event loop, µs: handing over one audit event, and writing those of one turn of it. */
  evidenceMicros: { event: Micros | undefined; write: Micros | undefined };
  /** Commands and bytes a session costs Redis from its beginning to its end. */
  redisPerSession: { commands: number; bytesIn: number; bytesOut: number } | undefined;
  /** Turns that were spoken while it was measured, and the answers to them. */
  turns: number;
  answers: number;
  errors: number;
  errorKinds: Record<string, number>;
  /** When the memory of idle sessions was measured. */
  idleErrors: Record<string, number>;
  rounds: number;
  /** (Greatest − least) / median over rounds; null: there are not two of them. */
  spread: { connectP95: number | null; ttfbResponseP95: number | null; cpu: number | null };
  /** What driver and emulator were late, p99. */
  lagMs: { driver: number; driverConnecting: number; emulator: number; emulatorConnecting: number };
  /** Some round was valid; figures are of those alone. */
  valid: boolean;
  roundsInvalid: number;
  invalidBecause: string | undefined;
  /** Of a round whose time to connect alone was left out. */
  connectInvalidBecause: string | undefined;
}

export interface Round {
  figures: RunFigures;
  redisPerSession: { commands: number; bytesIn: number; bytesOut: number } | undefined;
}

export interface RowKey {
  pattern: PatternName;
  dialect: DialectName;
  system: string;
  sessions: number;
  answerMs: number;
}

/** Why a run says nothing of the system; undefined: it does. */
export function invalidity(figures: RunFigures, sessions: number): string | undefined {
  if (figures.ready < sessions) return `only ${figures.ready} of ${sessions} callers were connected`;
  if (figures.driverLagP99Ms > maxLagMs) return `the load driver was late (${figures.driverLagP99Ms} ms)`;
  if (figures.emulatorLagP99Ms > maxLagMs) return `the emulator was late (${figures.emulatorLagP99Ms} ms)`;
  if (figures.answers === 0) return 'nothing was answered';
  return undefined;
}

/** Why a run says nothing of how long connecting takes, whatever else it says; undefined: it does. */
export function connectInvalidity(figures: RunFigures): string | undefined {
  const { connectLagP99Ms: driver, emulatorConnectLagP99Ms: emulator } = figures;
  if (driver > maxConnectLagMs) return `the load driver was late while callers connected (${driver} ms)`;
  if (emulator > maxConnectLagMs) return `the emulator was late while callers connected (${emulator} ms)`;
  return undefined;
}

/** What idle sessions cost, of a run with so many of them. */
export function idleCostOf(
  { rssKb: { gateway = 0, worker = 0, relay = 0 }, ready, errors }: RunFigures,
  sessions: number,
): IdleCost {
  if (ready < sessions)
    return {
      rssKbPerSession: undefined,
      errors: { ...errors, [`only ${ready} of ${sessions} idle callers were connected`]: 1 },
    };
  return { rssKbPerSession: Math.round(((gateway + worker + relay) / sessions) * 10) / 10, errors };
}

/** @param relay the relay's rounds at the same load, in the same order */
export function rowOf(
  key: RowKey,
  allRounds: readonly Round[],
  relay: readonly Round[] | undefined,
  idle: IdleCost | undefined,
): Row {
  const isValid = ({ figures }: Round) => invalidity(figures, key.sessions) === undefined;
  const problem = allRounds.map(({ figures }) => invalidity(figures, key.sessions)).find(Boolean);
  const isAnyValid = allRounds.some(isValid);
  const rounds = isAnyValid ? allRounds.filter(isValid) : allRounds;
  const of = (pick: (figures: RunFigures) => readonly number[]) =>
    medianOf(rounds.map(({ figures }) => percentiles(pick(figures))));
  const connects = rounds.filter(({ figures }) => connectInvalidity(figures) === undefined);
  const connectPercentiles = connects.map(({ figures }) => percentiles(figures.connectMs));
  const cpus = rounds.map(({ figures }) => perSessionMinute(figures, key.sessions));
  const errorKinds: Record<string, number> = {};
  for (const errors of allRounds.map(({ figures }) => figures.errors))
    for (const [kind, count] of Object.entries(errors)) errorKinds[kind] = (errorKinds[kind] ?? 0) + count;
  const lags = rounds.flatMap(({ figures }) => lagsOf(figures));
  return {
    pattern: key.pattern,
    client: key.dialect === 'binary' ? 'binary' : 'json',
    system: key.system,
    sessions: key.sessions,
    answerMs: key.answerMs,
    connectMs: medianOf(connectPercentiles) ?? null,
    ttfbResponseMs: of(({ ttfbResponseMs }) => ttfbResponseMs),
    ttfbAudioMs: of(({ ttfbAudioMs }) => ttfbAudioMs),
    frameMs: of(({ frameMs }) => frameMs),
    addedFrameMs: relay && addedOver(allRounds, relay, isValid),
    bargeInMs: of(({ bargeInMs }) => bargeInMs),
    cpuMsPerSessionMinute: medianOf(cpus)!,
    rssKbPerSession: idle?.rssKbPerSession,
    loopLagMs: { p99: lags.length === 0 ? null : Math.max(...lags) },
    watermarks: highest(rounds.map(({ figures }) => figures.watermarks)),
    evidenceMicros: {
      event: medianOf(rounds.map(({ figures }) => figures.evidenceMicros.event)),
      write: medianOf(rounds.map(({ figures }) => figures.evidenceMicros.write)),
    },
    redisPerSession: medianOf(rounds.map(({ redisPerSession }) => redisPerSession)),
    turns: rounds.reduce((sum, { figures }) => sum + figures.turns, 0),
    answers: rounds.reduce((sum, { figures }) => sum + figures.answers, 0),
    errors: Object.values(errorKinds).reduce((sum, count) => sum + count, 0),
    errorKinds,
    idleErrors: idle?.errors ?? {},
    rounds: rounds.length,
    spread: {
      connectP95: spreadOf(connectPercentiles.map((one) => one?.p95)),
      ttfbResponseP95: spreadOf(rounds.map(({ figures }) => percentiles(figures.ttfbResponseMs)?.p95)),
      cpu: spreadOf(cpus.map((cpu) => cpu.total)),
    },
    lagMs: {
      driver: Math.max(...rounds.map(({ figures }) => figures.driverLagP99Ms)),
      driverConnecting: Math.max(...rounds.map(({ figures }) => figures.connectLagP99Ms)),
      emulator: Math.max(...rounds.map(({ figures }) => figures.emulatorLagP99Ms)),
      emulatorConnecting: Math.max(...rounds.map(({ figures }) => figures.emulatorConnectLagP99Ms)),
    },
    valid: isAnyValid,
    roundsInvalid: allRounds.filter((round) => !isValid(round)).length,
    invalidBecause: problem,
    connectInvalidBecause: rounds.map(({ figures }) => connectInvalidity(figures)).find(Boolean),
  };
}

/** A recorder, which may even stand still while it is measured, is in no call's way. */
function lagsOf({ loopLagP99Ms: { recorder: _, ...others } }: RunFigures): number[] {
  return Object.values(others);
}

function highest(all: readonly Watermarks[]): Watermarks {
  const most = (pick: (one: Watermarks) => number) => Math.max(0, ...all.map(pick));
  return {
    linkBytes: most(({ linkBytes }) => linkBytes),
    auditJobs: most(({ auditJobs }) => auditJobs),
    spillBytes: most(({ spillBytes }) => spillBytes),
  };
}

function perSessionMinute(figures: RunFigures, sessions: number): PerKind & { total: number } {
  const scale = figures.seconds > 0 ? 60 / figures.seconds / sessions : 0;
  const each = Object.entries(figures.cpuMs).map(([kind, ms]) => [kind, rounded(ms * scale)]);
  return { ...Object.fromEntries(each), total: rounded(total(figures.cpuMs) * scale) };
}

/** Only rounds in which both were valid can be compared. */
function addedOver(
  rounds: readonly Round[],
  relay: readonly Round[],
  isValid: (round: Round) => boolean,
): Percentiles | undefined {
  return medianOf(
    rounds.map((round, at) => {
      const theirs = relay[at];
      return theirs !== undefined && isValid(round) && isValid(theirs) ? added(round, theirs) : undefined;
    }),
  );
}

function added({ figures }: Round, relay: Round | undefined): Percentiles | undefined {
  const ours = percentiles(figures.frameMs);
  const theirs = relay && percentiles(relay.figures.frameMs);
  if (ours === undefined || theirs === undefined) return undefined;
  return {
    p50: rounded(ours.p50 - theirs.p50),
    p95: rounded(ours.p95 - theirs.p95),
    p99: rounded(ours.p99 - theirs.p99),
  };
}
