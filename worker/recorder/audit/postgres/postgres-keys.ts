import { type KeyRecord, keyRecordSchema } from '@vjj/shared/evidence/session-key.ts';
import type { Pool } from 'pg';
import type { Erased, KeyStore, Person } from '../store.ts';
import { column, transaction } from './transaction.ts';

/** A row per key. Storing and erasing one person's keys wait for each other. */
export class PostgresKeys implements KeyStore {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  put(record: KeyRecord): Promise<'stored' | 'erased'> {
    const { session, epoch, ...person } = record;
    return transaction(this.#pool, async (client) => {
      await client.query(lockPerson, [lockName(person)]);
      const { rowCount } = await client.query(
        `SELECT 1 FROM audit_erased WHERE tenant = $1 AND person = $2 AND (at_ms >= $4 OR $3 = ANY (sessions))`,
        [column(person.tenant), column(person.user), column(session), epoch],
      );
      if ((rowCount ?? 0) > 0) return 'erased';
      await client.query(
        `INSERT INTO audit_keys (tenant, person, session, epoch, record) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING`,
        [column(person.tenant), column(person.user), column(session), epoch, JSON.stringify(record)],
      );
      return 'stored';
    });
  }

  async get({
    tenant,
    user,
    session,
    epoch,
  }: Pick<KeyRecord, 'session' | 'epoch' | 'tenant' | 'user'>): Promise<KeyRecord | undefined> {
    const { rows } = await this.#pool.query<{ record: string }>(
      'SELECT record FROM audit_keys WHERE tenant = $1 AND person = $2 AND session = $3 AND epoch = $4',
      [column(tenant), column(user), column(session), epoch],
    );
    return rows[0] === undefined ? undefined : keyRecordSchema.parse(JSON.parse(rows[0].record));
  }

  async erase(person: Person, atMs: number): Promise<Erased> {
    const of = [column(person.tenant), column(person.user)];
    const erased = await transaction(this.#pool, async (client) => {
      await client.query(lockPerson, [lockName(person)]);
      const { rows } = await client.query<{ session: string }>(
        'DELETE FROM audit_keys WHERE tenant = $1 AND person = $2 RETURNING session',
        of,
      );
      const after = await client.query<{ sessions: string[] }>(
        `INSERT INTO audit_erased VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant, person) DO UPDATE SET at_ms = greatest(audit_erased.at_ms, $3),
           sessions = (SELECT array_agg(DISTINCT s) FROM unnest(audit_erased.sessions || excluded.sessions) s)
         RETURNING sessions`,
        [...of, atMs, [...new Set(rows.map(({ session }) => session))]],
      );
      return { keys: rows.length, sessions: after.rows[0]?.sessions ?? [] };
    });
    // A deleted row stays in its page until then.
    await this.#pool.query('VACUUM audit_keys');
    return erased;
  }
}

const lockPerson = 'SELECT pg_advisory_xact_lock(hashtextextended($1, 7461003))';
const lockName = ({ tenant, user }: Person): string => column(JSON.stringify([tenant, user]));
