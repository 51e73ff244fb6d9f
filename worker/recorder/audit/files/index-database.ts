import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';

/** Part of the file's name: another layout is another file, made anew from the segments. */
const layout = 2;
/** Several recorders share the index; one waits this long for another's transaction. */
const busyMs = 10_000;
/** Chains are named by chance, so that each batch touches pages all over the index. */
const cacheKiB = 32 * 1024;
/** So many of 4 KiB are copied from the log to their places at once: most were written several times by then. */
const pagesBetweenCheckpoints = 8000;

/**
 * What costs is the row of each event and its places in the indexes, so they hold numbers and no text: that stands in
 * `names`. Rows lie in the order they came in, so that an index points to them with a small number, and new ones are
 * not strewn all over the file.
 */
const tables = `
  CREATE TABLE IF NOT EXISTS segments (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, bytes INTEGER NOT NULL, lines INTEGER NOT NULL,
    batches INTEGER NOT NULL, hash TEXT NOT NULL, unsealed INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS chains (
    id INTEGER PRIMARY KEY, session TEXT NOT NULL, epoch INTEGER NOT NULL, last_seq INTEGER NOT NULL,
    last_hash TEXT NOT NULL, events INTEGER NOT NULL, closed_at INTEGER, received_ms INTEGER NOT NULL,
    unsealed INTEGER NOT NULL, UNIQUE (session, epoch));
  CREATE INDEX IF NOT EXISTS unsealed_chains ON chains (unsealed) WHERE unsealed = 1;
  CREATE TABLE IF NOT EXISTS names (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
  CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY, chain INTEGER NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL,
    segment INTEGER NOT NULL, line INTEGER NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL,
    late INTEGER NOT NULL, at_ms INTEGER NOT NULL, tenant INTEGER NOT NULL, user INTEGER NOT NULL,
    type INTEGER NOT NULL, decision INTEGER);
  CREATE INDEX IF NOT EXISTS events_chain ON events (chain, seq);
  CREATE INDEX IF NOT EXISTS events_at ON events (at_ms);
  CREATE INDEX IF NOT EXISTS events_user ON events (user, at_ms);
  CREATE INDEX IF NOT EXISTS events_tenant ON events (tenant, at_ms);
  CREATE TABLE IF NOT EXISTS reasons (
    reason INTEGER NOT NULL, event INTEGER NOT NULL, PRIMARY KEY (reason, event)) WITHOUT ROWID;`;

export type Value = string | number | Uint8Array | null;

/** The file of the index, as the processes that share it use it. */
export class IndexDatabase {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  private constructor(file: string) {
    this.#db = new DatabaseSync(file, { timeout: busyMs });
    this.#db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -${cacheKiB};
      PRAGMA wal_autocheckpoint = ${pagesBetweenCheckpoints}; ${tables}`);
  }

  /** One that is damaged is made anew, empty; those of older layouts are removed. */
  static open(folder: string): IndexDatabase {
    removeOlder(folder);
    const file = join(folder, fileOf(layout));
    try {
      return new IndexDatabase(file);
    } catch (error) {
      if (!isDamaged(error)) throw error;
      IndexDatabase.remove(folder);
      return new IndexDatabase(file);
    }
  }

  /** What another process has open of it that process keeps. */
  static remove(folder: string): void {
    removeLayout(folder, layout);
  }

  statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  get<T>(sql: string, ...values: Value[]): T | undefined {
    return this.statement(sql).get(...values) as T | undefined;
  }

  all<T>(sql: string, ...values: Value[]): T[] {
    return this.statement(sql).all(...values) as T[];
  }

  /** Of all processes that share the index, one at a time is in here; its death frees it. */
  transaction<T>(work: () => T): T {
    return this.#within('BEGIN IMMEDIATE', work);
  }

  /** Keeps nobody out, and looks for locks once instead of for each statement, which is a good part of a small one. */
  reading<T>(work: () => T): T {
    return this.#within('BEGIN', work);
  }

  #within<T>(begin: string, work: () => T): T {
    this.#db.exec(begin);
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
}

/** By hand or by the loss of power: it is made again. Anything else (a full disk) would come back. */
export const isDamaged = (error: unknown): boolean =>
  /malformed|not a database|corrupt/i.test((error as Error).message);

const fileOf = (layout: number): string => `index-${layout}.sqlite`;

function removeLayout(folder: string, layout: number): void {
  for (const suffix of ['', '-wal', '-shm'])
    rmSync(join(folder, `${fileOf(layout)}${suffix}`), { force: true });
}

function removeOlder(folder: string): void {
  for (const name of readdirSync(folder)) {
    const found = Number(/^index-(\d+)\.sqlite$/.exec(name)?.[1]);
    if (found < layout) removeLayout(folder, found);
  }
}
