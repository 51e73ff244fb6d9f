import type { PoolClient } from 'pg';
import { type ChainLeaf, checkpointHash, isTooYoung, leafLine, readCheckpoint } from '../checkpoint.ts';
import { inChainOrder } from '../incoming.ts';
import type { SignCheckpoint, StoredCheckpoint } from '../store.ts';
import { sealLock } from './migrations.ts';
import { type CheckpointRow, stored } from './postgres-checkpoints.ts';

/**
 * Appends a checkpoint over the chains that changed since the one before, and marks them as sealed by it.
 * @param client within a transaction
 * @returns undefined: nothing changed, it is not due, or another recorder is at it
 */
export async function sealChains(
  client: PoolClient,
  sign: SignCheckpoint,
  unlessYoungerThanMs: number,
): Promise<StoredCheckpoint | undefined> {
  const lock = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS taken', [
    sealLock,
  ]);
  if (lock.rows[0]?.taken !== true) return undefined;
  const last = (
    await client.query<CheckpointRow>('SELECT n, line, leaves FROM audit_checkpoints ORDER BY n DESC LIMIT 1')
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
}
