import { type AuditEvent, parseEventLine } from '@vjj/shared/evidence/event.ts';
import { Pool, type PoolClient, TypeOverrides, types } from 'pg';
import { type ChainLeaf, checkpointHash, isTooYoung, leafLine, readCheckpoint } from '../checkpoint.ts';
import { eventFacts } from '../event-facts.ts';
import { type Incoming, inChainOrder, readIncoming } from '../incoming.ts';
import type {
  AppendOutcome,
  AuditStore,
  ChainPlace,
  EventQuery,
  Gap,
  Scanned,
  SignCheckpoint,
  StoredCheckpoint,
  StoredLine,
} from '../store.ts';
import { migrate, sealLock } from './migrations.ts';
import { type CheckpointRow, PostgresCheckpoints, stored } from './postgres-checkpoints.ts';
import { PostgresKeys } from './postgres-keys.ts';
import { PostgresRecordings } from './postgres-recordings.ts';
import { column, transaction } from './transaction.ts';

const pageRows = 1000;
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
    const { events, refused, duplicates } = readIncoming(lines);
    return transaction(this.#pool, async (client) => {
      if (refused.length > 0) {
        await client.query(
          'INSERT INTO audit_refused (detail, line) SELECT * FROM unnest($1::text[], $2::bytea[])',
          [refused.map(({ detail }) => column(detail)), refused.map(({ line }) => Buffer.from(line))],
        );
      }
      if (events.length === 0) {
        return { stored: 0, duplicates, late: 0, refused: refused.length, conflicts: [] };
      }
      const late = await lateOnes(client, events);
      const inserted = await insertEvents(client, events, late);
      const isNew = (event: AuditEvent) => inserted.has(event.hash);
      const fresh = events.filter(({ event }) => isNew(event));
      const conflicts = await conflictsOf(client, fresh);
      const isConflict = new Set(conflicts.map(placeName));
      await noteChains(
        client,
        fresh.filter(({ event }) => !isConflict.has(placeName(event))),
      );
      return {
        stored: fresh.length,
        duplicates: duplicates + events.length - fresh.length,
        late: fresh.filter(({ event }) => late.has(event.hash)).length,
        refused: refused.length,
        conflicts,
      };
    });
  }

  async *find(query: EventQuery): AsyncGenerator<StoredLine> {
    const { where, values } = conditions(query);
    let after: [at: string, id: number] | undefined;
    for (;;) {
      const place =
        after === undefined ? '' : `AND (at, id) > ($${values.length + 1}, $${values.length + 2})`;
      const { rows } = await this.#pool.query<FoundRow>(
        `SELECT id, at::text AS at, line, late FROM audit_events WHERE ${where.join(' AND ')} ${place}
         ORDER BY audit_events.at, id LIMIT ${pageRows}`,
        [...values, ...(after ?? [])],
      );
      for (const { id, line, late } of rows) yield { line, where: rowName(id), late };
      const last = rows.at(-1);
      if (last === undefined || rows.length < pageRows) return;
      after = [last.at, last.id];
    }
  }

  async *scan(): AsyncGenerator<Scanned> {
    let after = 0;
    for (;;) {
      const { rows } = await this.#pool.query<ScannedRow>(
        `SELECT id, session, epoch, seq, hash, tenant, person, type, at, decision,
           reasons, late, line FROM audit_events WHERE id > $1
         ORDER BY id LIMIT ${pageRows}`,
        [after],
      );
      for (const row of rows) {
        const where = rowName(row.id);
        const parsed = parseEventLine(row.line);
        const wrong = 'event' in parsed ? wrongColumns(row, parsed.event) : [];
        if (wrong.length > 0) {
          const detail = `${wrong.join(', ')} of the row ${wrong.length === 1 ? 'is' : 'are'} not what its line says`;
          yield { kind: 'problem', problem: 'edited', where, detail };
        }
        yield { kind: 'event', line: row.line, where, late: row.late };
        after = row.id;
      }
      if (rows.length < pageRows) break;
    }
    const { rows } = await this.#pool.query<{ n: number | null }>(
      'SELECT max(sealed) AS n FROM audit_chains',
    );
    const n = rows[0]?.n ?? 0;
    if (n > 0) yield { kind: 'sealed', n, where: 'audit_chains' };
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
    return transaction(this.#pool, async (client) => {
      const lock = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS taken', [
        sealLock,
      ]);
      if (lock.rows[0]?.taken !== true) return undefined;
      const last = (
        await client.query<CheckpointRow>(
          'SELECT n, line, leaves FROM audit_checkpoints ORDER BY n DESC LIMIT 1',
        )
      ).rows[0];
      const at = new Date();
      const lastAt = last === undefined ? undefined : readCheckpoint(last.line)?.at;
      if (isTooYoung(lastAt, at, unlessYoungerThanMs)) return undefined;
      const n = (last?.n ?? 0) + 1;
      // One statement reads and marks: what another adds meanwhile stays unsealed.
      const { rows } = await client.query<ChainLeaf>(
        `UPDATE audit_chains SET unsealed = false, sealed = $1 WHERE unsealed
         RETURNING session, epoch, last_seq AS seq, last_hash AS hash, events`,
        [n],
      );
      if (rows.length === 0) return undefined;
      const leaves = rows.sort(inChainOrder).map(leafLine);
      const all = await client.query<{ chains: number }>('SELECT count(*) AS chains FROM audit_chains');
      const prev = last === undefined ? '' : checkpointHash(last.line);
      const line = sign({ n, at, prev, leaves, chains: all.rows[0]!.chains }, lastAt);
      // Its number is the primary key: a second one after the same cannot be.
      const row = { n, line, leaves: leaves.join('\n') };
      await client.query('INSERT INTO audit_checkpoints (n, line, leaves) VALUES ($1, $2, $3)', [
        n,
        line,
        row.leaves,
      ]);
      return stored(row);
    });
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}

interface FoundRow {
  id: number;
  at: string;
  line: string;
  late: boolean;
}

interface ScannedRow {
  id: number;
  session: string;
  epoch: number;
  seq: number;
  hash: string;
  tenant: string;
  person: string;
  type: string;
  at: Date | number;
  decision: string | null;
  reasons: string[];
  late: boolean;
  line: string;
}

const rowName = (id: number): string => `audit_events id=${id}`;

const placeName = ({ session, epoch, seq }: ChainPlace): string => JSON.stringify([session, epoch, seq]);

/** Hashes of the events whose chain had ended, or whose session had moved on. */
async function lateOnes(client: PoolClient, events: readonly Incoming[]): Promise<Set<string>> {
  const sessions = [...new Set(events.map(({ event }) => column(event.session)))];
  const { rows } = await client.query<{ session: string; epoch: number; ended: boolean }>(
    'SELECT session, epoch, ended FROM audit_chains WHERE session = ANY ($1)',
    [sessions],
  );
  const newest = new Map<string, number>();
  const ended = new Set<string>();
  for (const row of rows) {
    newest.set(row.session, Math.max(newest.get(row.session) ?? 0, row.epoch));
    if (row.ended) ended.add(JSON.stringify([row.session, row.epoch]));
  }
  const late = new Set<string>();
  for (const { event } of events) {
    const session = column(event.session);
    const hasMoved = (newest.get(session) ?? 0) > event.epoch;
    if (hasMoved || ended.has(JSON.stringify([session, event.epoch]))) late.add(event.hash);
  }
  return late;
}

/** @returns hashes of those that were not there yet */
async function insertEvents(
  client: PoolClient,
  events: readonly Incoming[],
  late: ReadonlySet<string>,
): Promise<Set<string>> {
  const rows = events.map(({ line, event }) => ({ line, event, facts: eventFacts(event) }));
  const { rows: inserted } = await client.query<{ hash: string }>(
    `INSERT INTO audit_events (session, epoch, seq, hash, tenant, person, type, at, decision, reasons, late, line)
     SELECT session, epoch, seq, hash, tenant, person, type, at, decision,
       ARRAY(SELECT jsonb_array_elements_text(reasons)), late, line
     FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[],
       $8::timestamptz[], $9::text[], $10::jsonb[], $11::bool[], $12::text[])
       AS t (session, epoch, seq, hash, tenant, person, type, at, decision, reasons, late, line)
     ON CONFLICT DO NOTHING RETURNING hash`,
    [
      rows.map(({ event }) => column(event.session)),
      rows.map(({ event }) => event.epoch),
      rows.map(({ event }) => event.seq),
      rows.map(({ event }) => event.hash),
      rows.map(({ event }) => column(event.tenant)),
      rows.map(({ event }) => column(event.user)),
      rows.map(({ event }) => column(event.type)),
      rows.map(({ event }) => event.at),
      rows.map(({ facts }) => (facts.decision === undefined ? null : column(facts.decision))),
      rows.map(({ facts }) => JSON.stringify(facts.reasons.map(column))),
      rows.map(({ event }) => late.has(event.hash)),
      rows.map(({ line }) => line),
    ],
  );
  return new Set(inserted.map(({ hash }) => hash));
}

/** Of these, which are just stored, those whose place another one has. */
async function conflictsOf(client: PoolClient, fresh: readonly Incoming[]): Promise<ChainPlace[]> {
  if (fresh.length === 0) return [];
  const { rows } = await client.query<ChainPlace>(
    `SELECT t.session, t.epoch, t.seq FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[])
       AS t (session, epoch, seq, hash)
     WHERE EXISTS (SELECT 1 FROM audit_events e
       WHERE (e.session, e.epoch, e.seq) = (t.session, t.epoch, t.seq) AND e.hash <> t.hash)`,
    [
      fresh.map(({ event }) => column(event.session)),
      fresh.map(({ event }) => event.epoch),
      fresh.map(({ event }) => event.seq),
      fresh.map(({ event }) => event.hash),
    ],
  );
  return rows;
}

/** Chain by chain in their order, so that two recorders never wait for each other in a circle. */
async function noteChains(client: PoolClient, fresh: readonly Incoming[]): Promise<void> {
  const chains = new Map<string, { last: AuditEvent; events: number; ended: boolean }>();
  for (const { event } of fresh) {
    const name = JSON.stringify([event.session, event.epoch]);
    const chain = chains.get(name) ?? { last: event, events: 0, ended: false };
    chains.set(name, chain);
    chain.last = event;
    chain.events++;
    chain.ended ||= eventFacts(event).isLast;
  }
  if (chains.size === 0) return;
  const rows = [...chains.values()];
  await client.query(
    `INSERT INTO audit_chains AS c (session, epoch, last_seq, last_hash, events, ended)
     SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::bool[])
     ON CONFLICT (session, epoch) DO UPDATE SET events = c.events + excluded.events, unsealed = true,
       received_at = now(), ended = c.ended OR excluded.ended,
       last_hash = CASE WHEN excluded.last_seq > c.last_seq THEN excluded.last_hash ELSE c.last_hash END,
       last_seq = greatest(c.last_seq, excluded.last_seq)`,
    [
      rows.map(({ last }) => column(last.session)),
      rows.map(({ last }) => last.epoch),
      rows.map(({ last }) => last.seq),
      rows.map(({ last }) => last.hash),
      rows.map(({ events }) => events),
      rows.map(({ ended }) => ended),
    ],
  );
}

function wrongColumns(row: ScannedRow, event: AuditEvent): string[] {
  const said = { ...event, person: event.user };
  const wrong: string[] = (['session', 'hash', 'tenant', 'person', 'type'] as const).filter(
    (name) => row[name] !== column(said[name]),
  );
  if (row.epoch !== event.epoch) wrong.push('epoch');
  if (row.seq !== event.seq) wrong.push('seq');
  const { atMs, decision, reasons } = eventFacts(event);
  // Further in the past or future than a date of ours can be, it is `infinity`, a number.
  if (!(row.at instanceof Date) || row.at.getTime() !== atMs) wrong.push('at');
  if (row.decision !== (decision === undefined ? null : column(decision))) wrong.push('decision');
  if (JSON.stringify(row.reasons) !== JSON.stringify(reasons.map(column))) wrong.push('reasons');
  return wrong;
}

function conditions(query: EventQuery): { where: string[]; values: unknown[] } {
  const where = ['true'];
  const values: unknown[] = [];
  const add = (condition: string, value: unknown) => {
    if (value === undefined) return;
    values.push(typeof value === 'string' ? column(value) : value);
    where.push(condition.replace('?', `$${values.length}`));
  };
  add('session = ?', query.session);
  add('tenant = ?', query.tenant);
  add('person = ?', query.user);
  add('type = ?', query.type);
  add('decision = ?', query.decision);
  add('reasons @> ARRAY[?::text]', query.reason);
  add('at >= ?', query.fromMs === undefined ? undefined : new Date(query.fromMs));
  add('at < ?', query.toMs === undefined ? undefined : new Date(query.toMs));
  return { where, values };
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
