import type { KeyObject } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type AuditEvent, parseEventLine } from '@vjj/shared/evidence/event.ts';
import type { AuditStore, Scanned, StoredCheckpoint } from '../store.ts';
import { ChainCheck } from './chain-check.ts';
import { checkCheckpoints, compareWithCopies, type Sealed } from './checkpoint-check.ts';
import type { Finding, FindingKind, Note, VerifyReport } from './finding.ts';

export interface VerifyOptions {
  /** Public keys of those who may seal. */
  keys: readonly KeyObject[];
  /** Checkpoints that were copied elsewhere. */
  copies?: AsyncIterable<StoredCheckpoint>;
  /** Recorders may write while this reads; what seems to be missing is looked for again after this long. */
  secondLookMs?: number;
}

/** What a worker has not sent by then after a call left it is missing; the new worker's events may be stored first. */
const underWayMs = 60_000;

/** A chain that continues another says how far that one reached. */
interface Continued {
  session: string;
  epoch: number;
  seq: number;
  hash: string;
  where: string;
  /** When it says so. */
  atMs: number;
}

/** Reads everything and says what is not as it was written. Works beside running recorders. */
export async function verify(
  store: AuditStore,
  { keys, copies, secondLookMs = 1000 }: VerifyOptions,
): Promise<VerifyReport> {
  const findings: Finding[] = [];
  const notes: Note[] = [];
  // In this order: what is sealed, or was copied, before the events are read must be among them.
  const copied = copies && (await checkCheckpoints(copies, keys, findings));
  const sealed = await checkCheckpoints(store.checkpoints.read(1), keys, findings);
  if (copied !== undefined) {
    compareWithCopies(sealed, copied, findings);
    if (copied.last < sealed.last) {
      const detail = `the copies end at checkpoint ${copied.last}, the store has ${sealed.last}`;
      notes.push({ kind: 'copies', where: 'copies', detail });
    }
  }
  const reading = new Reading(findings, notes);
  for await (const scanned of store.scan()) reading.take(scanned);
  const incomplete = reading.incompleteSessions();
  if (incomplete.size > 0) {
    await wait(secondLookMs);
    for (const session of incomplete) {
      for await (const { line, where } of store.find({ session })) reading.takeMissed(line, where);
    }
  }
  reading.finish();
  const newest = (await store.checkpoints.last())?.n ?? 0;
  if (reading.sealedUpTo > newest) {
    const detail = `events were written after checkpoint ${reading.sealedUpTo}; the last one here is ${newest}`;
    findings.push({ kind: 'checkpoint-rolled-back', where: reading.sealedWhere, detail });
  }
  reading.compareWith(sealed);
  if (copied !== undefined) reading.compareWith(copied);
  const unsealed = reading.unsealedBeside(sealed);
  if (unsealed > 0) {
    const detail = `${unsealed} chains have events that no checkpoint covers yet`;
    notes.push({ kind: 'unsealed', where: store.name, detail });
  }
  return {
    findings: distinct(findings),
    notes,
    ...reading.counts(),
    checkpoints: sealed.lines.size,
  };
}

/** What is learned while everything is read. */
class Reading {
  sealedUpTo = 0;
  sealedWhere = '';
  readonly #chains = new Map<string, ChainCheck>();
  readonly #segments = new Map<string, { whole: Map<number, string>; bytes: number; where: string }>();
  /** Place where a segment ends early, by its name. */
  readonly #torn = new Map<string, string>();
  readonly #continued: Continued[] = [];
  readonly #findings: Finding[];
  readonly #notes: Note[];
  #late = 0;

  constructor(findings: Finding[], notes: Note[]) {
    this.#findings = findings;
    this.#notes = notes;
  }

  get chains(): ChainCheck[] {
    return [...this.#chains.values()];
  }

  /** Those of which something seems to be missing. */
  incompleteSessions(): Set<string> {
    const holed = this.chains.filter((chain) => chain.hasHoles);
    return new Set(
      [...holed, ...this.#continued.filter((of) => !this.#isThere(of))].map(({ session }) => session),
    );
  }

  take(scanned: Scanned): void {
    switch (scanned.kind) {
      case 'event':
        this.#takeLine(scanned.line, scanned.where);
        if (scanned.late) this.#late++;
        break;
      case 'position':
        this.#takePosition(scanned);
        break;
      case 'sealed':
        if (scanned.n > this.sealedUpTo) {
          this.sealedUpTo = scanned.n;
          this.sealedWhere = scanned.where;
        }
        break;
      case 'problem': {
        const { problem, where, detail } = scanned;
        if (problem === 'torn') {
          this.#notes.push({ kind: problem, where, detail });
          this.#torn.set(where.slice(0, where.lastIndexOf(':')), where);
        } else this.#findings.push({ kind: problem, where, detail });
      }
    }
  }

  /** A line that may have come after its place was read. */
  takeMissed(line: string, where: string): void {
    const parsed = parseEventLine(line);
    if (!('event' in parsed)) return;
    const { session, epoch, seq, hash } = parsed.event;
    const chain = this.#chain(session, epoch);
    // What is there already was counted, and judged, when it was read.
    if (chain.hashAt(seq) === undefined && !chain.holds(seq, hash)) chain.add(parsed.event, where);
  }

  finish(): void {
    for (const chain of this.#chains.values()) {
      chain.finish();
      this.#findings.push(...chain.findings);
    }
    for (const continued of this.#continued) {
      if (this.#isThere(continued)) continue;
      const { session, epoch, seq, where, atMs } = continued;
      const chain = this.#chains.get(nameOf(session, epoch));
      const kind: FindingKind =
        chain === undefined ? 'missing-session' : chain.hashAt(seq) === undefined ? 'missing' : 'replaced';
      const detail = `this event continues epoch ${epoch} behind its seq ${seq}, which is ${kind === 'replaced' ? 'another one' : 'not there'}`;
      if (kind !== 'replaced' && Math.abs(Date.now() - atMs) < underWayMs)
        this.#notes.push({ kind: 'under-way', where, detail: `session ${session}: ${detail} yet` });
      else this.#findings.push({ kind, where, session, epoch, seq, detail });
    }
  }

  #isThere({ session, epoch, seq, hash }: Continued): boolean {
    return this.#chains.get(nameOf(session, epoch))?.holds(seq, hash) === true;
  }

  compareWith({ chains, segments }: Sealed): void {
    for (const { session, epoch, seq, hash, checkpoint } of chains) {
      const chain = this.#chains.get(nameOf(session, epoch));
      if (chain?.holds(seq, hash)) continue;
      const place = { session, epoch, seq, where: `checkpoint ${checkpoint}` };
      if (chain === undefined) {
        this.#findings.push({
          ...place,
          kind: 'missing-session',
          detail: `all of its events to seq ${seq} are gone`,
        });
      } else if (chain.hashAt(seq) === undefined) {
        this.#findings.push({ ...place, kind: 'missing', detail: `this event was sealed and is gone` });
      } else {
        this.#findings.push({ ...place, kind: 'replaced', detail: 'another event was sealed at this place' });
      }
    }
    for (const { segment, bytes, hash, checkpoint } of segments) {
      const found = this.#segments.get(segment);
      if (found?.whole.get(bytes) === hash) continue;
      // Where a file ends early it looks torn; what was sealed was not torn by any crash.
      const where = this.#torn.get(`segments/${segment}`) ?? found?.where ?? `segments/${segment}`;
      const there = `checkpoint ${checkpoint} sealed ${bytes} bytes of this segment`;
      if (found === undefined)
        this.#findings.push({ kind: 'truncated', where, detail: `${there}, and nothing of it is whole` });
      else if (found.bytes < bytes) {
        this.#findings.push({
          kind: 'truncated',
          where,
          detail: `${there}, and it is whole only to ${found.bytes}`,
        });
      } else this.#findings.push({ kind: 'edited', where, detail: `${there}, and they were others` });
    }
  }

  /** How many chains reach further than any checkpoint. */
  unsealedBeside({ chains }: Sealed): number {
    const reached = new Map<string, number>();
    for (const { session, epoch, events } of chains) {
      const name = nameOf(session, epoch);
      reached.set(name, Math.max(events, reached.get(name) ?? 0));
    }
    return [...this.#chains].filter(([name, chain]) => chain.events > (reached.get(name) ?? 0)).length;
  }

  counts(): Pick<VerifyReport, 'sessions' | 'chains' | 'events' | 'duplicates' | 'late'> {
    const chains = this.chains;
    const sum = (of: (chain: ChainCheck) => number) => chains.reduce((total, chain) => total + of(chain), 0);
    return {
      sessions: new Set(chains.map(({ session }) => session)).size,
      chains: chains.length,
      events: sum(({ events }) => events),
      duplicates: sum(({ duplicates }) => duplicates),
      late: this.#late,
    };
  }

  #takeLine(line: string, where: string): void {
    const parsed = parseEventLine(line);
    if (!('event' in parsed)) {
      const place = claimedPlace(line);
      if (place !== undefined) this.#chain(place.session, place.epoch).addDamaged(place.seq, where);
      this.#findings.push({ kind: 'edited', where, ...place, detail: parsed.detail });
      return;
    }
    const { event } = parsed;
    this.#chain(event.session, event.epoch).add(event, where);
    this.#noteContinued(event, where);
  }

  #noteContinued({ session, type, at, payload }: AuditEvent, where: string): void {
    if (type !== 'session.moved') return;
    const { fromEpoch, fromSeq, fromHash } = payload;
    if (typeof fromEpoch !== 'number' || typeof fromSeq !== 'number' || typeof fromHash !== 'string') return;
    const place = { session, epoch: fromEpoch, seq: fromSeq, hash: fromHash };
    this.#continued.push({ ...place, where, atMs: Date.parse(at) });
  }

  #takePosition({ segment, bytes, hash, where }: Extract<Scanned, { kind: 'position' }>): void {
    const found = this.#segments.get(segment) ?? { whole: new Map<number, string>(), bytes: 0, where };
    this.#segments.set(segment, found);
    found.whole.set(bytes, hash);
    if (bytes > found.bytes) Object.assign(found, { bytes, where });
  }

  #chain(session: string, epoch: number): ChainCheck {
    const name = nameOf(session, epoch);
    let chain = this.#chains.get(name);
    if (chain === undefined) {
      chain = new ChainCheck(session, epoch);
      this.#chains.set(name, chain);
    }
    return chain;
  }
}

const nameOf = (session: string, epoch: number): string => `${epoch}:${session}`;

/** What a line that was changed says of its place; none of it can be relied on. */
function claimedPlace(line: string): { session: string; epoch: number; seq: number } | undefined {
  try {
    const { session, epoch, seq } = JSON.parse(line) as Record<string, unknown>;
    if (typeof session !== 'string' || !Number.isSafeInteger(epoch) || !Number.isSafeInteger(seq))
      return undefined;
    return { session, epoch: epoch as number, seq: seq as number };
  } catch {
    return undefined;
  }
}

function distinct(findings: readonly Finding[]): Finding[] {
  const seen = new Map(findings.map((finding) => [JSON.stringify(finding), finding]));
  return [...seen.values()];
}
