import { setTimeout as sleep } from 'node:timers/promises';
import { startTestPostgres } from '@vjj/deploy/test-postgres.ts';
import { Pool, type PoolClient } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { transaction } from './transaction.ts';

let server: Awaited<ReturnType<typeof startTestPostgres>>;
beforeAll(async () => {
  server = await startTestPostgres();
}, 60_000);
afterAll(() => server[Symbol.asyncDispose]());

let pool: Pool;
beforeEach(() => {
  pool = new Pool({ connectionString: server.url, max: 2 });
  pool.on('error', () => {});
});
afterEach(() => pool.end());

// What is thrown where nobody catches it fails the run, as it would end a recorder.
describe('a transaction whose connection is lost', () => {
  const backendOf = async (client: PoolClient) =>
    (await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]!.pid;
  const end = (pid: number) => pool.query('SELECT pg_terminate_backend($1)', [pid]);

  it('between two statements fails, and the next one has another connection', async () => {
    const lost = transaction(pool, async (client) => {
      await end(await backendOf(client));
      await sleep(200);
      return await client.query('SELECT 1');
    });
    await expect(lost).rejects.toThrow();
    expect(await transaction(pool, backendOf)).toBeGreaterThan(0);
  });

  it('amid a statement fails, and the next one has another connection', async () => {
    const lost = transaction(pool, async (client) => {
      const pid = await backendOf(client);
      await Promise.all([client.query('SELECT pg_sleep(10)'), end(pid)]);
    });
    await expect(lost).rejects.toThrow(/terminating connection/);
    expect(await transaction(pool, backendOf)).toBeGreaterThan(0);
  });

  it('after its work fails, since it cannot be committed', async () => {
    const lost = transaction(pool, async (client) => {
      await end(await backendOf(client));
      await sleep(200);
    });
    await expect(lost).rejects.toThrow();
  });
});
