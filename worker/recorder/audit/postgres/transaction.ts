import type { Pool, PoolClient } from 'pg';

/** Runs the work in one transaction; it is undone when the work throws. */
export async function transaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // The pool listens only to connections that lie idle. An error nobody listens to ends the process, although the
  // statement under way, or the next one, fails by itself.
  const onError = (error: Error) => {
    broken = error;
  };
  client.on('error', onError);
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // A connection on which even that fails is not given back to the pool.
    await client.query('ROLLBACK').catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

/** PostgreSQL has no NUL in text. */
export const column = (text: string): string => text.replaceAll('\0', '\uFFFD');
