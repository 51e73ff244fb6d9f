import type { FaultKind } from './chaos-plan.ts';
import type { Figures } from './figures.ts';

/** By nearest rank, ms; 0 when there was nothing to measure. */
export interface Spread {
  p50: number;
  p95: number;
  max: number;
}

/** What one fault did to the callers, from its beginning until every turn that was touched by it was settled. */
export interface FaultReport {
  kind: FaultKind;
  callsLive: number;
  socketsDropped: number;
  callsLost: number;
  /** Of callers and of answers together. */
  wordsLost: number;
  gapMs: Spread;
  silenceMs: Spread;
  /** The process that was struck. */
  what: string;
  /** From the beginning of the fault until the cluster was whole again. */
  healedMs: number;
  /** Moves to another worker, of which `gapMs` tells. */
  callsMoved: number;
  socketsMoved: number;
  wordsSpoken: number;
  wordsOfCallersLost: number;
  wordsOfAnswersLost: number;
  wordsHeardTwice: number;
  turns: number;
  turnsUnanswered: number;
  messagesLost: number;
  messagesTwice: number;
  /** From the loss of a connection until the caller is back in the session. */
  backMs: Spread;
  errors: Record<string, number>;
  /** Each loss with its session, to be looked for in the logs. */
  losses: string[];
  /** How late the callers' own frames were at most. */
  latestFrameMs: number;
  unsettled: number;
}

export interface ChaosReport {
  seed: number;
  calls: number;
  faults: FaultReport[];
  doubleOwners: number;
  /** How often it was looked who owns the sessions. */
  ownershipLooks: number;
  auditMissing: number;
  auditDoubled: number;
  /** In the trail at the end. */
  auditEvents: number;
  leaks: number;
  /** The same callers before the first fault: what is lost here is not the faults' doing. */
  calm: Omit<FaultReport, 'kind' | 'what' | 'healedMs'>;
  /** What the numbers are made of. */
  details: {
    doubleOwners: string[];
    auditMissing: string[];
    auditDoubled: string[];
    leaks: Record<string, number>;
  };
  /** Promises that were not kept; empty: exit code 0. */
  broken: BrokenPromise[];
  command: string;
  machine: string;
  date: string;
  load: { before: number; after: number };
}

export interface BrokenPromise {
  /** Undefined: of the whole run. */
  fault?: FaultKind;
  promise: string;
  /** It says how fast something is: a busy machine may break it. */
  isAboutTime: boolean;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0);
  return { p50: at(0.5), p95: at(0.95), max: at(1) };
}

export function effectOf(callsLive: number, figures: Figures): ChaosReport['calm'] {
  return {
    callsLive,
    socketsDropped: figures.socketsDropped,
    callsLost: figures.callsLost,
    wordsLost: figures.wordsUnheard + figures.answerWordsUnheard,
    gapMs: spreadOf(figures.gapsMs),
    silenceMs: spreadOf(figures.silencesMs),
    callsMoved: figures.gapsMs.length,
    socketsMoved: figures.socketsMoved,
    wordsSpoken: figures.wordsSpoken,
    wordsOfCallersLost: figures.wordsUnheard,
    wordsOfAnswersLost: figures.answerWordsUnheard,
    wordsHeardTwice: figures.wordsHeardTwice + figures.answerWordsTwice,
    turns: figures.turns,
    turnsUnanswered: figures.turnsUnanswered,
    messagesLost: figures.messagesLost,
    messagesTwice: figures.messagesTwice,
    backMs: spreadOf(figures.backsMs),
    errors: figures.errors,
    losses: figures.losses,
    latestFrameMs: Math.round(figures.latestMs),
    unsettled: figures.unsettled,
  };
}
