import { createReadStream, existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { RecordingHead } from '@vjj/shared/evidence/recording.ts';
import type { Pool } from 'pg';
import type { Person, RecordingStore, StoredRecording } from '../store.ts';
import { column, transaction } from './transaction.ts';

const partBytes = 1024 * 1024;
/** Of a long call each has hundreds of rows. */
const removedAtOnce = 10;

/** A recording in rows of a mebibyte, so that a long call is never in memory as a whole. */
export class PostgresRecordings implements RecordingStore {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async take(path: string, { session, epoch, tenant, user }: RecordingHead): Promise<'stored' | 'taken'> {
    const of = [column(session), epoch];
    const outcome = await transaction(this.#pool, async (client) => {
      const { rowCount } = await client.query(
        `INSERT INTO audit_recordings (session, epoch, tenant, person) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING`,
        [...of, column(tenant), column(user)],
      );
      // It was stored before, and this recorder or another died before it removed the file.
      if (rowCount === 0) return 'taken';
      let n = 0;
      for await (const part of createReadStream(path, { highWaterMark: partBytes })) {
        await client.query('INSERT INTO audit_recording_parts VALUES ($1, $2, $3, $4)', [...of, n++, part]);
      }
      return 'stored';
    }).catch((error: NodeJS.ErrnoException) => {
      // Another recorder has it. A database whose socket is not there fails with the same code.
      if (error.code === 'ENOENT' && !existsSync(path)) return 'taken' as const;
      throw error;
    });
    await rm(path, { force: true });
    return outcome;
  }

  async find(session: string): Promise<StoredRecording[]> {
    const { rows } = await this.#pool.query<{ epoch: number }>(
      'SELECT epoch FROM audit_recordings WHERE session = $1 ORDER BY epoch',
      [column(session)],
    );
    return rows.map(({ epoch }) => ({ epoch, read: () => this.#parts(session, epoch) }));
  }

  async erase({ tenant, user }: Person): Promise<number> {
    return this.#removeAll('tenant = $1 AND person = $2', [column(tenant), column(user)]);
  }

  async removeBefore(beforeMs: number, announce: (count: number) => Promise<void>): Promise<number> {
    const before = new Date(beforeMs);
    const { rows } = await this.#pool.query<{ count: number }>(
      'SELECT count(*)::integer AS count FROM audit_recordings WHERE stored_at < $1',
      [before],
    );
    const count = rows[0]?.count ?? 0;
    if (count === 0) return 0;
    await announce(count);
    return this.#removeAll('stored_at < $1', [before]);
  }

  /** A few at a time: all at once may take longer than a statement may, and would never be done. */
  async #removeAll(where: string, values: unknown[]): Promise<number> {
    let removed = 0;
    for (;;) {
      const { rowCount } = await this.#pool.query(
        `DELETE FROM audit_recordings WHERE (session, epoch) IN
           (SELECT session, epoch FROM audit_recordings WHERE ${where} LIMIT ${removedAtOnce})`,
        values,
      );
      removed += rowCount ?? 0;
      // Fewer than that also when another recorder removed some of them meanwhile.
      if (!rowCount) return removed;
    }
  }

  async *#parts(session: string, epoch: number): AsyncGenerator<Buffer> {
    for (let n = 0; ; n++) {
      const { rows } = await this.#pool.query<{ bytes: Buffer }>(
        'SELECT bytes FROM audit_recording_parts WHERE session = $1 AND epoch = $2 AND n = $3',
        [column(session), epoch, n],
      );
      if (rows[0] === undefined) return;
      yield rows[0].bytes;
    }
  }
}
