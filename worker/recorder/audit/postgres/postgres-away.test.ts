import { startTestPostgres } from '@vjj/deploy/test-postgres.ts';
import { Client } from 'pg';
import { expect, it } from 'vitest';
import { SampleChain } from '../test/sample-events.ts';
import { PostgresStore } from './postgres-store.ts';
import { whatToDo } from './what-to-do.ts';

const failureOf = (store: PostgresStore) =>
  store.reach().then(
    () => undefined,
    (error: Error) => error,
  );

it('a store whose database is away at first is used when that comes, by several at once', async () => {
  await using server = await startTestPostgres();
  await server.server.stop();
  const [one, other] = [new PostgresStore(server.url), new PostgresStore(server.url)];
  expect(whatToDo((await failureOf(one))!)).toBe('start PostgreSQL, or correct AUDIT_DATABASE_URL');
  await server.server.start();
  const lines = new SampleChain('s').lines(6);
  const appended = [one, one, one, other, other, other].map((store, n) => store.append([lines[n]!]));
  expect((await Promise.all(appended)).map(({ stored }) => stored)).toEqual([1, 1, 1, 1, 1, 1]);
  await Promise.all([one.close(), other.close()]);
}, 60_000);

it('a database that cannot be used is told with what to do about it', async () => {
  await using server = await startTestPostgres();
  const told = async (url: string) => {
    const store = new PostgresStore(url);
    const failure = await failureOf(store);
    await store.close();
    return whatToDo(failure!);
  };
  expect(await told(server.url.replace('/postgres', '/nothing'))).toContain('create the database');
  expect(await told(server.url.replace('vjj@', 'nobody@'))).toContain('correct the user');
  const client = new Client({ connectionString: server.url });
  await client.connect();
  await client.query('CREATE ROLE guest LOGIN');
  await client.end();
  expect(await told(server.url.replace('vjj@', 'guest@'))).toContain('create tables');
}, 60_000);
