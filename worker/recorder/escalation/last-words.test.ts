import { startTestPostgres } from '@vjj/deploy/test-postgres.ts';
import { Client } from 'pg';
import { expect, it } from 'vitest';
import { PostgresStore } from '../audit/postgres/postgres-store.ts';
import { TryLater } from '../consumer.ts';
import { lastWords } from './last-words.ts';

const escalation = {
  ...{ v: 1 as const, id: 's_1_7', session: 's', epoch: 1, seq: 7, tenant: 'default', user: 'p_anna' },
  ...{ agent: 'default', at: '2026-11-24T10:00:00.000Z', decision: 'escalate', reasonCodes: [], severity: 5 },
  sealed: 'whatever',
};

it('are not waited for longer than is allowed when the database stands still', async () => {
  await using server = await startTestPostgres();
  const store = await PostgresStore.open(server.url);
  const client = new Client({ connectionString: server.url });
  await client.connect();
  const { rows } = await client.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE application_name = 'vjj-recorder'`,
  );
  await client.end();
  for (const { pid } of rows) process.kill(pid, 'SIGSTOP');
  const words = (waitedMs: number) =>
    lastWords(escalation, { keys: store.keys, master: undefined, waitedMs });
  await expect(words(9000)).rejects.toThrow(TryLater);
  for (const { pid } of rows) process.kill(pid, 'SIGCONT');
  await store.close();
}, 20_000);
