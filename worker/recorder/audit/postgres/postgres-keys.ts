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

  async put(record: KeyRecord): Promise<'stored' | 'erased'> {
    const { session, epoch, ...person } = record;
    const of = [column(person.tenant), column(person.user), column(session)];
    const { outcome, destroyed } = await transaction(this.#pool, async (client) => {
      await client.query(lockPerson, [lockName(person)]);
      // A key that comes too late tells of a session from before the erasure: its keys are refused from now on, also
      // those of epochs after that, and one of those that came first is destroyed.
      const refused = await client.query(
        `UPDATE audit_erased
         SET sessions = CASE WHEN $3 = ANY (sessions) THEN sessions ELSE array_append(sessions, $3) END
         WHERE tenant = $1 AND person = $2 AND (at_ms >= $4 OR $3 = ANY (sessions))`,
        [...of, epoch],
      );
      if ((refused.rowCount ?? 0) > 0) {
        const { rowCount } = await client.query(
          'DELETE FROM audit_keys WHERE tenant = $1 AND person = $2 AND session = $3',
          of,
        );
        return { outcome: 'erased' as const, destroyed: rowCount ?? 0 };
      }
      await client.query(
        `INSERT INTO audit_keys (tenant, person, session, epoch, record) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING`,
        [...of, epoch, JSON.stringify(record)],
      );
      return { outcome: 'stored' as const, destroyed: 0 };
    });
    if (destroyed > 0) await this.#removeDeleted();
    return outcome;
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
           sessions = ARRAY(SELECT DISTINCT s FROM unnest(audit_erased.sessions || excluded.sessions) s)
         RETURNING sessions`,
        [...of, atMs, [...new Set(rows.map(({ session }) => session))]],
      );
      return { keys: rows.length, sessions: after.rows[0]?.sessions ?? [] };
    });
    await this.#removeDeleted();
    return erased;
  }

  /** A deleted row stays in its page until then. */
  async #removeDeleted(): Promise<void> {
    await this.#pool.query('VACUUM audit_keys');
  }
}

const lockPerson = 'SELECT pg_advisory_xact_lock(hashtextextended($1, 7461003))';
const lockName = ({ tenant, user }: Person): string => column(JSON.stringify([tenant, user]));
