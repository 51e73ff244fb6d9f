import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { AuditEvent } from '@vjj/shared/evidence/event.ts';
import { eventFacts } from '../event-facts.ts';
import type { ChainPlace, EventQuery, Gap } from '../store.ts';
import type { SegmentPosition } from './scan-segment.ts';

/** Part of the file's name: another layout is another file, made anew from the segments. */
const layout = 1;
/** Several recorders share the index; one waits this long for another's transaction. */
const busyMs = 10_000;
/** Chains are named by chance, so that each batch touches pages all over the index. */
const cacheKiB = 32 * 1024;
/** So many of 4 KiB are copied from the log to their places at once: most were written several times by then. */
const pagesBetweenCheckpoints = 8000;

/** So many places are looked up at once. */
export const pageRows = 1000;

const tables = `
  CREATE TABLE IF NOT EXISTS segments (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, bytes INTEGER NOT NULL, lines INTEGER NOT NULL,
    batches INTEGER NOT NULL, hash TEXT NOT NULL, unsealed INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS chains (
    session TEXT NOT NULL, epoch INTEGER NOT NULL, last_seq INTEGER NOT NULL, last_hash TEXT NOT NULL,
    events INTEGER NOT NULL, closed_at INTEGER, received_ms INTEGER NOT NULL, unsealed INTEGER NOT NULL,
    PRIMARY KEY (session, epoch)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS unsealed_chains ON chains (unsealed) WHERE unsealed = 1;
  CREATE TABLE IF NOT EXISTS events (
    session TEXT NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, hash TEXT NOT NULL,
    segment INTEGER NOT NULL, line INTEGER NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL,
    late INTEGER NOT NULL, at_ms INTEGER NOT NULL, tenant TEXT NOT NULL, user TEXT NOT NULL, type TEXT NOT NULL,
    decision TEXT,
    PRIMARY KEY (session, epoch, seq, hash)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS events_at ON events (at_ms);
  CREATE INDEX IF NOT EXISTS events_user ON events (user, at_ms);
  CREATE INDEX IF NOT EXISTS events_tenant ON events (tenant, at_ms);
  CREATE TABLE IF NOT EXISTS reasons (
    reason TEXT NOT NULL, at_ms INTEGER NOT NULL, session TEXT NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY (reason, at_ms, session, epoch, seq)) WITHOUT ROWID;`;

/** Where an event lies. */
export interface IndexedPlace {
  segment: string;
  line: number;
  offset: number;
  length: number;
  late: boolean;
  /** What places are put in order by. */
  key: [atMs: number, session: string, epoch: number, seq: number, hash: string];
}

/** An event and where it came to lie. */
export interface IndexEntry {
  event: AuditEvent;
  place: Omit<IndexedPlace, 'segment' | 'key'>;
}

/** A chain with what a batch adds to it. */
interface ChainGrowth {
  session: string;
  epoch: number;
  /** Its newest event so far; -1: there is none. */
  lastSeq: number;
  lastHash: string;
  /** How many more. */
  events: number;
  /** When it ended, should its end be among them. */
  closedAt: number | null;
}

/** What is known of an event before it is stored. */
export interface Known {
  /** `same`: it is there, byte for byte; `other`: something else stands at its place. */
  presence: 'new' | 'same' | 'other';
  late: boolean;
}

/**
 * What lies where in the segments, for look-ups. Nothing in it is evidence: it is made from the segments, may be
 * deleted at any time, and `verify` does not read it. All recorders of a folder share it.
 */
export class SegmentIndex {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  private constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** @param folder of the store */
  static open(folder: string): SegmentIndex {
    const file = fileIn(folder);
    const open = () => {
      const db = new DatabaseSync(file, { timeout: busyMs });
      db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -${cacheKiB};
        PRAGMA wal_autocheckpoint = ${pagesBetweenCheckpoints}; ${tables}`);
      return db;
    };
    try {
      return new SegmentIndex(open());
    } catch (error) {
      if (!isDamaged(error)) throw error;
      SegmentIndex.remove(folder);
      return new SegmentIndex(open());
    }
  }

  /** What another process has open of it that process keeps. */
  static remove(folder: string): void {
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${fileIn(folder)}${suffix}`, { force: true });
  }

  /** Up to where a segment is noted; undefined: nothing of it is. */
  position(segment: string): SegmentPosition | undefined {
    return this.#get<SegmentPosition>(
      'SELECT bytes, lines, batches, hash FROM segments WHERE name = ?',
      segment,
    );
  }

  look({ session, epoch, seq, hash }: AuditEvent): Known {
    const there = this.#all<{ hash: string }>(
      'SELECT hash FROM events WHERE session = ? AND epoch = ? AND seq = ?',
      session,
      epoch,
      seq,
    );
    const late = this.#get(
      `SELECT 1 FROM chains WHERE session = ?1 AND (epoch > ?2 OR (epoch = ?2 AND closed_at IS NOT NULL)) LIMIT 1`,
      session,
      epoch,
    );
    const presence = there.some((row) => row.hash === hash) ? 'same' : there.length > 0 ? 'other' : 'new';
    return { presence, late: late !== undefined };
  }

  /** Notes a whole batch; what is known already changes nothing. */
  add(segment: string, entries: readonly IndexEntry[], after: SegmentPosition, receivedMs: number): void {
    this.transaction(() => {
      const { id } = this.#get<{ id: number }>(
        `INSERT INTO segments (name, bytes, lines, batches, hash, unsealed) VALUES (?1, ?2, ?3, ?4, ?5, 1)
         ON CONFLICT (name) DO UPDATE SET bytes = ?2, lines = ?3, batches = ?4, hash = ?5, unsealed = 1
           WHERE bytes < ?2 RETURNING id`,
        segment,
        after.bytes,
        after.lines,
        after.batches,
        after.hash,
      ) ?? { id: undefined };
      // Another process noted this batch meanwhile.
      if (id === undefined) return;
      let chain: ChainGrowth | undefined;
      for (const { event, place } of entries) {
        const { session, epoch } = event;
        if (chain?.session !== session || chain.epoch !== epoch) {
          this.#grow(chain, receivedMs);
          chain = this.#growthOf(session, epoch);
        }
        this.#addEvent(id, { event, place }, chain);
      }
      this.#grow(chain, receivedMs);
    });
  }

  /** A batch has the events of a chain one after the other: it is noted once for all of them. */
  #growthOf(session: string, epoch: number): ChainGrowth {
    const { lastSeq, lastHash } = this.#get<Pick<ChainGrowth, 'lastSeq' | 'lastHash'>>(
      'SELECT last_seq AS lastSeq, last_hash AS lastHash FROM chains WHERE session = ? AND epoch = ?',
      session,
      epoch,
    ) ?? { lastSeq: -1, lastHash: '' };
    return { session, epoch, lastSeq, lastHash, events: 0, closedAt: null };
  }

  #addEvent(segment: number, { event, place }: IndexEntry, chain: ChainGrowth): void {
    const { session, epoch, seq, hash, tenant, user, type } = event;
    const { atMs, decision, reasons, isLast } = eventFacts(event);
    const { line, offset, length, late } = place;
    const isNewest = seq > chain.lastSeq;
    const isFirst =
      isNewest ||
      this.#get('SELECT 1 FROM events WHERE session = ? AND epoch = ? AND seq = ?', session, epoch, seq) ===
        undefined;
    const { changes } = this.#run(
      'INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      ...[
        session,
        epoch,
        seq,
        hash,
        segment,
        line,
        offset,
        length,
        late ? 1 : 0,
        atMs,
        tenant,
        user,
        type,
        decision ?? null,
      ],
    );
    if (changes === 0) return;
    for (const reason of reasons) {
      this.#run('INSERT OR IGNORE INTO reasons VALUES (?, ?, ?, ?, ?)', reason, atMs, session, epoch, seq);
    }
    if (!isFirst) return;
    chain.events++;
    if (isLast) chain.closedAt ??= atMs;
    if (isNewest) {
      chain.lastSeq = seq;
      chain.lastHash = hash;
    }
  }

  #grow(chain: ChainGrowth | undefined, receivedMs: number): void {
    if (chain === undefined || chain.events === 0) return;
    const { session, epoch, lastSeq, lastHash, events, closedAt } = chain;
    this.#run(
      `INSERT INTO chains VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1)
       ON CONFLICT (session, epoch) DO UPDATE SET last_seq = ?3, last_hash = ?4, events = events + ?5,
         closed_at = coalesce(closed_at, ?6), received_ms = max(received_ms, ?7), unsealed = 1`,
      ...[session, epoch, lastSeq, lastHash, events, closedAt, receivedMs],
    );
  }

  /** Places of what fits, by time, `pageRows` at most: the index is not held while others work with them. */
  page(query: EventQuery, after: IndexedPlace | undefined): IndexedPlace[] {
    const { from, where, values } = conditions(query);
    const rows = this.#all<IndexedRow>(
      `SELECT e.*, s.name FROM ${from} JOIN segments s ON s.id = e.segment WHERE ${where.join(' AND ')}
       ${after === undefined ? '' : 'AND (e.at_ms, e.session, e.epoch, e.seq, e.hash) > (?, ?, ?, ?, ?)'}
       ORDER BY e.at_ms, e.session, e.epoch, e.seq, e.hash LIMIT ${pageRows}`,
      ...values,
      ...(after?.key ?? []),
    );
    return rows.map(({ name, line, offset, length, late, at_ms, session, epoch, seq, hash }) => ({
      ...{ segment: name, line, offset, length, late: late === 1 },
      key: [at_ms, session, epoch, seq, hash],
    }));
  }

  /** A chain has events 0 … last; those it lacks are missing. */
  gaps(beforeMs: number): Gap[] {
    return this.#all<Gap>(
      `SELECT session, epoch, last_seq + 1 - events AS missing, last_seq AS lastSeq FROM chains
       WHERE events < last_seq + 1 AND received_ms < ? ORDER BY session, epoch`,
      beforeMs,
    );
  }

  unsealed(): { chains: UnsealedChain[]; segments: UnsealedSegment[]; allChains: number } {
    return {
      chains: this.#all<UnsealedChain>(
        `SELECT session, epoch, last_seq AS seq, last_hash AS hash, events FROM chains WHERE unsealed = 1
         ORDER BY session, epoch`,
      ),
      segments: this.#all<UnsealedSegment>(
        'SELECT name AS segment, bytes, hash FROM segments WHERE unsealed = 1 ORDER BY name',
      ),
      allChains: this.#get<{ n: number }>('SELECT count(*) AS n FROM chains')!.n,
    };
  }

  markSealed(): void {
    this.#run('UPDATE chains SET unsealed = 0 WHERE unsealed = 1');
    this.#run('UPDATE segments SET unsealed = 0 WHERE unsealed = 1');
  }

  /** Of all processes that share the index, one at a time is in here; its death frees it. */
  transaction<T>(work: () => T): T {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.#db.close();
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #run(sql: string, ...values: Value[]): { changes: number | bigint } {
    return this.#statement(sql).run(...values);
  }

  #get<T = unknown>(sql: string, ...values: Value[]): T | undefined {
    return this.#statement(sql).get(...values) as T | undefined;
  }

  #all<T>(sql: string, ...values: Value[]): T[] {
    return this.#statement(sql).all(...values) as T[];
  }
}

const fileIn = (folder: string): string => join(folder, `index-${layout}.sqlite`);

/** By hand or by the loss of power: it is made again. Anything else (a full disk) would come back. */
export const isDamaged = (error: unknown): boolean =>
  /malformed|not a database|corrupt/i.test((error as Error).message);

type Value = string | number | null;

interface IndexedRow {
  session: string;
  epoch: number;
  seq: number;
  hash: string;
  at_ms: number;
  line: number;
  offset: number;
  length: number;
  late: number;
  name: string;
}

interface UnsealedChain extends ChainPlace {
  hash: string;
  events: number;
}

interface UnsealedSegment {
  segment: string;
  bytes: number;
  hash: string;
}

function conditions(query: EventQuery): { from: string; where: string[]; values: Value[] } {
  const where: string[] = ['1'];
  const values: Value[] = [];
  let from = 'events e';
  if (query.reason !== undefined) {
    from = 'reasons r JOIN events e ON (e.session, e.epoch, e.seq) = (r.session, r.epoch, r.seq)';
    where.push('r.reason = ?');
    values.push(query.reason);
  }
  for (const column of ['session', 'tenant', 'user', 'type', 'decision'] as const) {
    const value = query[column];
    if (value === undefined) continue;
    where.push(`e.${column} = ?`);
    values.push(value);
  }
  if (query.fromMs !== undefined) {
    where.push('e.at_ms >= ?');
    values.push(query.fromMs);
  }
  if (query.toMs !== undefined) {
    where.push('e.at_ms < ?');
    values.push(query.toMs);
  }
  return { from, where, values };
}
