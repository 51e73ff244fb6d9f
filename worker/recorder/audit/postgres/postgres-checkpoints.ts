import type { Pool } from 'pg';
import type { CheckpointLog, StoredCheckpoint } from '../store.ts';

export interface CheckpointRow {
  n: number;
  line: string;
  leaves: string;
}

const pageRows = 100;

export class PostgresCheckpoints implements CheckpointLog {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async *read(from: number): AsyncGenerator<StoredCheckpoint> {
    for (let next = from; ; ) {
      const { rows } = await this.#pool.query<CheckpointRow>(
        `SELECT n, line, leaves FROM audit_checkpoints WHERE n >= $1 ORDER BY n LIMIT ${pageRows}`,
        [next],
      );
      for (const row of rows) {
        const found = stored(row);
        next = found.n + 1;
        yield found;
      }
      if (rows.length < pageRows) return;
    }
  }

  async last(): Promise<StoredCheckpoint | undefined> {
    const { rows } = await this.#pool.query<CheckpointRow>(
      'SELECT n, line, leaves FROM audit_checkpoints ORDER BY n DESC LIMIT 1',
    );
    return rows[0] && stored(rows[0]);
  }

  async copiedTo(target: string): Promise<number> {
    const { rows } = await this.#pool.query<{ n: number }>('SELECT n FROM audit_copied WHERE target = $1', [
      target,
    ]);
    return rows[0]?.n ?? 0;
  }

  async markCopied(target: string, n: number): Promise<void> {
    await this.#pool.query(
      `INSERT INTO audit_copied VALUES ($1, $2)
       ON CONFLICT (target) DO UPDATE SET n = greatest(audit_copied.n, $2)`,
      [target, n],
    );
  }
}

export function stored({ n, line, leaves }: CheckpointRow): StoredCheckpoint {
  return {
    n,
    line,
    leaves: leaves === '' ? [] : leaves.split('\n'),
    where: `audit_checkpoints n=${n}`,
  };
}
