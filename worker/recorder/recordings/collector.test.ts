import { hash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestPostgres } from '@vjj/deploy/test-postgres.ts';
import { createLog } from '@vjj/shared/log.ts';
import { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeOwnedFolder } from '../../src/evidence/owned-folder.ts';
import { ownerFile, thisProcess } from '../../src/evidence/spill-owner.ts';
import { headOf } from '../audit/files/file-recordings.ts';
import { PostgresRecordings } from '../audit/postgres/postgres-recordings.ts';
import { PostgresStore } from '../audit/postgres/postgres-store.ts';
import type { AuditStore } from '../audit/store.ts';
import { all, type StoreKind, storeKinds } from '../audit/test/stores.ts';
import { Collector } from './collector.ts';

const log = createLog('test', 'silent');
const body = randomBytes(2_500_000);
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'recordings-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function recording(session: string, epoch: number, user = 'p_anna'): Buffer {
  const head = {
    v: 1,
    kind: 'recording',
    what: 'call',
    session,
    epoch,
    tenant: 'default',
    user,
    startedAt: 0,
  };
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), body]);
}

/** A folder of a worker that is dead. */
function deadFolder(): string {
  const path = join(folder, 'mbcdef-1-01234567');
  mkdirSync(path);
  writeFileSync(join(path, ownerFile), JSON.stringify({ ...thisProcess(), started: 'never' }));
  return path;
}

/** One pass of as many recorders as are given. */
const collect = (...stores: AuditStore[]) =>
  Promise.all(stores.map((store) => new Collector({ folder, store: store.recordings, log }).close()));

/** Comparing bytes one by one would take seconds. */
const sumOf = (bytes: Buffer): string => hash('sha256', bytes);

async function stored(store: AuditStore, session: string): Promise<[epoch: number, sum: string][]> {
  const found = await store.recordings.find(session);
  return Promise.all(
    found.map(
      async ({ epoch, read }) => [epoch, sumOf(Buffer.concat(await all(read())))] as [number, string],
    ),
  );
}

describe.each(storeKinds(startTestPostgres))('recordings in %s', (_name, start) => {
  let kind: StoreKind;
  beforeAll(async () => {
    kind = await start();
  }, 60_000);
  afterAll(() => kind[Symbol.asyncDispose]());

  it('are stored byte for byte, once, by whichever recorder is there; unfinished ones only of the dead', async () => {
    await using place = await kind.place();
    const [one, two] = [await place.open(), await place.open()];
    const [alive, dead] = [makeOwnedFolder(folder), deadFolder()];
    writeFileSync(join(alive, 'a-1.rec'), recording('s', 1));
    writeFileSync(join(alive, 'b-2.part'), recording('s', 2));
    writeFileSync(join(dead, 'c-3.part'), recording('s', 3).subarray(0, -7));
    writeFileSync(join(dead, 'd-4.rec'), 'no recording');
    await collect(one, two);
    expect(await stored(one, 's')).toEqual([
      [1, sumOf(recording('s', 1))],
      [3, sumOf(recording('s', 3).subarray(0, -7))],
    ]);
    expect(readdirSync(folder)).toEqual([alive.slice(folder.length + 1)]);
    expect(readdirSync(alive).sort()).toEqual(['b-2.part', ownerFile]);
  });

  it('of another version stay for whoever reads that', async () => {
    await using place = await kind.place();
    const path = join(makeOwnedFolder(folder), 'e-5.rec');
    writeFileSync(path, recording('s', 5).toString('latin1').replace('"v":1', '"v":99'), 'latin1');
    await collect(await place.open());
    expect(existsSync(path)).toBe(true);
  });

  it('of a person are removed, and of nobody else', async () => {
    await using place = await kind.place();
    const store = await place.open();
    const alive = makeOwnedFolder(folder);
    writeFileSync(join(alive, 'a-1.rec'), recording('hers', 1));
    writeFileSync(join(alive, 'b-1.rec'), recording('his', 1, 'p_bert'));
    await collect(store);
    expect(await store.recordings.erase({ tenant: 'default', user: 'p_anna' })).toBe(1);
    expect(await stored(store, 'hers')).toEqual([]);
    expect(await stored(store, 'his')).toHaveLength(1);
  });

  it('are counted by one of the recorders that take them at once', async () => {
    await using place = await kind.place();
    const stores = [await place.open(), await place.open()];
    const path = join(makeOwnedFolder(folder), 'a-1.rec');
    writeFileSync(path, recording('s', 1));
    const head = await headOf(path);
    const outcomes = await Promise.all(stores.map((store) => store.recordings.take(path, head!)));
    expect(outcomes.toSorted()).toEqual(['stored', 'taken']);
  });

  it('that are too old are removed, after that was told; younger ones are not', async () => {
    await using place = await kind.place();
    const store = await place.open();
    writeFileSync(join(makeOwnedFolder(folder), 'a-1.rec'), recording('s', 1));
    await collect(store);
    const told: number[] = [];
    const removedBefore = (ms: number) =>
      store.recordings.removeBefore(ms, async (count) => {
        expect(await store.recordings.find('s')).toHaveLength(1);
        told.push(count);
      });
    expect(await removedBefore(Date.now() - 60_000)).toBe(0);
    expect(told).toEqual([]);
    const fails = store.recordings.removeBefore(Date.now() + 60_000, () => Promise.reject(new Error('full')));
    await expect(fails).rejects.toThrow('full');
    expect(await removedBefore(Date.now() + 60_000)).toBe(1);
    expect(told).toEqual([1]);
    expect(await store.recordings.find('s')).toEqual([]);
  });

  it('that cannot be stored stay where they are', async () => {
    await using place = await kind.place();
    const store = await place.open();
    const dead = deadFolder();
    writeFileSync(join(dead, 'a-1.part'), recording('s', 1));
    const refuses = { ...store.recordings, take: async () => Promise.reject(new Error('full')) };
    await new Collector({ folder, store: refuses as never, log }).close();
    expect(readdirSync(dead).sort()).toEqual(['a-1.part', ownerFile]);
    await collect(store);
    expect(await stored(store, 's')).toHaveLength(1);
  });
});

it('of a database whose socket is not there stay where they are', async () => {
  const path = join(makeOwnedFolder(folder), 'a-1.rec');
  writeFileSync(path, recording('s', 1));
  const pool = new Pool({ host: join(folder, 'no-socket'), user: 'vjj' });
  const head = await headOf(path);
  await expect(new PostgresRecordings(pool).take(path, head!)).rejects.toThrow('ENOENT');
  expect(existsSync(path)).toBe(true);
  await pool.end();
});

it('of many calls are removed, though all at once would take longer than a statement may', async () => {
  await using server = await startTestPostgres();
  await (await PostgresStore.open(server.url)).close();
  const pool = new Pool({ connectionString: server.url, statement_timeout: 2000 });
  pool.on('error', () => undefined);
  await pool.query(`INSERT INTO audit_recordings (session, epoch, tenant, person)
    SELECT 's' || n, 1, 'default', CASE WHEN n <= 30 THEN 'p_anna' ELSE 'p_bert' END FROM generate_series(1, 60) n`);
  await pool.query(`CREATE FUNCTION slow() RETURNS trigger AS
    'BEGIN PERFORM pg_sleep(0.1); RETURN OLD; END' LANGUAGE plpgsql`);
  await pool.query(
    'CREATE TRIGGER slow BEFORE DELETE ON audit_recordings FOR EACH ROW EXECUTE FUNCTION slow()',
  );
  const recordings = new PostgresRecordings(pool);
  expect(await recordings.erase({ tenant: 'default', user: 'p_anna' })).toBe(30);
  expect(await recordings.removeBefore(Date.now() + 60_000, async () => undefined)).toBe(30);
  await pool.end();
}, 60_000);

it('folders of others are left alone, whatever they hold', async () => {
  const other = join(folder, 'photos');
  mkdirSync(other);
  writeFileSync(join(other, 'a.part'), '');
  utimesSync(other, 0, 0);
  await new Collector({ folder, store: {} as never, log }).close();
  expect(readdirSync(other)).toEqual(['a.part']);
});
