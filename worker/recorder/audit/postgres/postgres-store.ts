import { Pool, TypeOverrides, types } from 'pg';
import { readIncoming } from '../incoming.ts';
import type {
  AppendOutcome,
  AuditStore,
  EventQuery,
  Gap,
  Scanned,
  SignCheckpoint,
  StoredCheckpoint,
  StoredLine,
} from '../store.ts';
import { appendEvents } from './append-events.ts';
import { migrate } from './migrations.ts';
import { PostgresCheckpoints } from './postgres-checkpoints.ts';
import { PostgresKeys } from './postgres-keys.ts';
import { PostgresRecordings } from './postgres-recordings.ts';
import { findEvents, scanEvents } from './read-events.ts';
import { sealChains } from './seal-chains.ts';
import { transaction } from './transaction.ts';

const connectTimeoutMs = 5000;
/** A statement that takes longer is given up; its batch comes again. */
const statementTimeoutMs = 30_000;
/** A database that stands still, or is gone without a word, does not even give up. */
const queryTimeoutMs = 40_000;

/** Whole numbers of 8 bytes come as numbers: epochs, the largest of ours, stay below 2^53. */
const numbers = new TypeOverrides();
numbers.setTypeParser(types.builtins.INT8, Number);

/** Audit events in PostgreSQL: `line` is the evidence, the other columns find it. */
export class PostgresStore implements AuditStore {
  readonly name: string;
  readonly keys: PostgresKeys;
  readonly checkpoints: PostgresCheckpoints;
  readonly recordings: PostgresRecordings;
  readonly #pool: Pool;

  /**
   * Asks nothing of the database yet: the first connection brings the schema up to date.
   * @param onError told of connections that were lost while idle
   */
  constructor(url: string, onError: (error: Error) => void = () => {}) {
    let isMigrated = false;
    const pool = new Pool({
      connectionString: url,
      max: 4,
      connectionTimeoutMillis: connectTimeoutMs,
      statement_timeout: statementTimeoutMs,
      query_timeout: queryTimeoutMs,
      keepAlive: true,
      application_name: 'vjj-recorder',
      types: numbers,
      async onConnect(client) {
        if (!isMigrated) await migrate(client);
        isMigrated = true;
      },
    });
    pool.on('error', onError);
    this.#pool = pool;
    this.name = withoutPassword(url);
    this.keys = new PostgresKeys(pool);
    this.checkpoints = new PostgresCheckpoints(pool);
    this.recordings = new PostgresRecordings(pool);
  }

  static async open(url: string): Promise<PostgresStore> {
    const store = new PostgresStore(url);
    try {
      await store.reach();
      return store;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  async reach(): Promise<void> {
    await this.#pool.query('SELECT 1');
  }

  append(lines: readonly string[]): Promise<AppendOutcome> {
    const incoming = readIncoming(lines);
    return transaction(this.#pool, (client) => appendEvents(client, incoming));
  }

  find(query: EventQuery): AsyncGenerator<StoredLine> {
    return findEvents(this.#pool, query);
  }

  scan(): AsyncGenerator<Scanned> {
    return scanEvents(this.#pool);
  }

  async gaps(quietMs: number): Promise<Gap[]> {
    const { rows } = await this.#pool.query<Gap>(
      `SELECT session, epoch, last_seq + 1 - events AS missing, last_seq AS "lastSeq" FROM audit_chains
       WHERE events < last_seq + 1 AND received_at < now() - $1 * interval '1 millisecond' ORDER BY session, epoch`,
      [quietMs],
    );
    return rows;
  }

  seal(sign: SignCheckpoint, unlessYoungerThanMs: number): Promise<StoredCheckpoint | undefined> {
    return transaction(this.#pool, (client) => sealChains(client, sign, unlessYoungerThanMs));
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}

function withoutPassword(url: string): string {
  try {
    const parsed = new URL(url);
    parsed.password = '';
    return parsed.href;
  } catch {
    return 'PostgreSQL';
  }
}
