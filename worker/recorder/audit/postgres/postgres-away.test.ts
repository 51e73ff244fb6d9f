import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestPostgres } from '@vjj/deploy/test-postgres.ts';
import { startTestRedis, type TestRedis } from '@vjj/deploy/test-redis.ts';
import { readConfig } from '@vjj/shared/config.ts';
import { keysOf } from '@vjj/shared/control/keys.ts';
import { type Batch, storedUntil } from '@vjj/shared/evidence/batch.ts';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { AuditRecorder } from '../audit-recorder.ts';
import { SampleChain } from '../test/sample-events.ts';
import { PostgresStore } from './postgres-store.ts';
import { whatToDo } from './what-to-do.ts';

const failureOf = (store: PostgresStore) =>
  store.reach().then(
    () => undefined,
    (error: Error) => error,
  );

async function query(url: string, text: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(text);
  await client.end();
}

/** As after a release that was taken back. */
const makeNewer = (url: string) =>
  query(url, 'CREATE TABLE audit_schema (version integer NOT NULL); INSERT INTO audit_schema VALUES (99)');

const keys = keysOf('test');
let redisServer: TestRedis;
let redis: Redis;
beforeAll(async () => {
  redisServer = await startTestRedis();
  redis = new Redis(redisServer.url);
}, 30_000);
afterAll(async () => {
  redis.disconnect();
  await redisServer[Symbol.asyncDispose]();
});

/** A recorder, and what it logs of its database. */
async function opened(url: string) {
  const folder = mkdtempSync(join(tmpdir(), 'vjj-recorder-'));
  const config = readConfig({
    LINK_SECRET: 'a secret of sixteen letters',
    AUDIT_DATABASE_URL: url,
    AUDIT_SIGNING_KEY: Buffer.alloc(32, 1).toString('base64'),
    LOCAL_KEY_DIR: folder,
    AUDIT_CHECKPOINT_DIR: folder,
  });
  const logged: string[] = [];
  const log = pino({ level: 'error' }, { write: (line) => void logged.push(JSON.parse(line).msg) });
  const recorder = await AuditRecorder.open({ config, redis, keys, log });
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return { recorder, logged: () => logged.filter((text) => text.includes('database')) };
}

const batchOf = (segment: string): Batch => ({
  ...{ v: 1, segment, from: 0, to: 1 },
  lines: new SampleChain(segment).lines(1),
});

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
  await query(server.url, 'CREATE ROLE guest LOGIN');
  expect(await told(server.url.replace('vjj@', 'guest@'))).toContain('create tables');
  await makeNewer(server.url);
  expect(await told(server.url)).toBe('deploy the newer release again');
}, 60_000);

describe('a recorder whose database is away', () => {
  it('at its start tells what to do, and tells it anew when that is something else', async () => {
    await using server = await startTestPostgres();
    await makeNewer(server.url);
    await server.server.stop();
    const { recorder, logged } = await opened(server.url);
    await expect.poll(logged).toEqual([expect.stringContaining('start PostgreSQL')]);
    await server.server.start();
    await expect.poll(() => logged().at(-1), { timeout: 20_000 }).toContain('newer release');
    expect(recorder.state).toMatch(/^failing \(the audit schema has version 99/);
    await query(server.url, 'DELETE FROM audit_schema');
    await expect.poll(() => recorder.state, { timeout: 20_000 }).toBe('ok');
    await recorder.close();
  }, 60_000);

  it('later goes on when it is back, though no further batch comes to it', async () => {
    await using server = await startTestPostgres();
    const { recorder, logged } = await opened(server.url);
    await expect.poll(() => recorder.store.reach().then(() => 'there', String)).toBe('there');
    await server.server.stop();
    await expect(recorder.record(batchOf('spill-0'))).rejects.toThrow();
    expect(recorder.state).toMatch(/^failing/);
    await expect.poll(() => logged().at(-1), { timeout: 10_000 }).toContain('start PostgreSQL');
    await server.server.start();
    await expect.poll(() => recorder.state, { timeout: 20_000 }).toBe('ok');
    expect(await storedUntil(redis, keys, 'spill-0')).toBe(1);
    await recorder.close();
  }, 60_000);
});

it('a recorder whose connection was cut in the middle of a batch stores that by itself', async () => {
  await using server = await startTestPostgres();
  const { recorder } = await opened(server.url);
  await expect.poll(() => recorder.store.reach().then(() => 'there', String)).toBe('there');
  const holder = new Client({ connectionString: server.url });
  await holder.connect();
  await holder.query('BEGIN; LOCK TABLE audit_events');
  const recorded = recorder.record(batchOf('spill-1')).then(() => 'stored', String);
  const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'`;
  await expect.poll(async () => (await holder.query(cut)).rowCount, { timeout: 20_000 }).toBe(1);
  expect(await recorded).toContain('terminating connection');
  expect(recorder.state).toMatch(/^failing/);
  await holder.end();
  await expect.poll(() => recorder.state, { timeout: 20_000 }).toBe('ok');
  expect(await storedUntil(redis, keys, 'spill-1')).toBe(1);
  await recorder.close();
}, 60_000);
