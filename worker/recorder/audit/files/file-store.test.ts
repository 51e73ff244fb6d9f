import { spawnSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { wrapKey } from '@vjj/shared/evidence/session-key.ts';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { signCheckpoint } from '../checkpoint.ts';
import type { AuditStore } from '../store.ts';
import { SampleChain } from '../test/sample-events.ts';
import { all, filePlace, type StorePlace } from '../test/stores.ts';
import { verify } from '../verify/verify.ts';

const { privateKey } = generateKeyPairSync('ed25519');
const seal = (store: AuditStore) => store.seal((contents) => signCheckpoint(contents, privateKey).line, 0);

let fileHandle: FileHandle;
beforeAll(async () => {
  const file = await open(import.meta.filename);
  fileHandle = Object.getPrototypeOf(file) as FileHandle;
  await file.close();
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** The disk refuses the next syncs, one for each of these, which are done while the process waits for it. */
function failSyncs(...during: (() => Promise<unknown>)[]): void {
  const spy = vi.spyOn(fileHandle, 'datasync');
  for (const work of during) {
    spy.mockImplementationOnce(async () => {
      await work();
      throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
    });
  }
}

const segmentsOf = ({ at }: StorePlace) =>
  readdirSync(join(at, 'segments')).map((name) => join(at, 'segments', name));

/** Lines that lie in the segments, each once. */
const stored = (place: StorePlace) =>
  new Set(
    segmentsOf(place)
      .flatMap((path) => readFileSync(path, 'utf8').split('\n'))
      .filter((line) => line.includes('"session":')),
  );

const findingsOf = async (store: AuditStore) =>
  (await verify(store, { keys: [createPublicKey(privateKey)], secondLookMs: 0 })).findings;

describe('a batch whose sync fails', () => {
  it('is on the disk when another recorder took it for stored meanwhile', async () => {
    await using place = await filePlace();
    const [one, two] = [await place.open(), await place.open()];
    const lines = new SampleChain('s').lines(6);
    await one.append(lines.slice(0, 3));
    await seal(two);
    failSyncs(() => seal(two));
    await expect(one.append(lines.slice(3))).rejects.toThrow(/EIO/);
    expect(await two.append(lines.slice(3))).toMatchObject({ stored: 0, duplicates: 3 });
    expect(await one.append(lines.slice(3))).toMatchObject({ stored: 0, duplicates: 3 });
    expect(stored(place)).toEqual(new Set(lines));
    expect((await all(two.find({}))).map(({ line }) => line)).toEqual(lines);
    expect(await findingsOf(two)).toEqual([]);
  });

  it('is not taken for stored by another that cannot sync it either', async () => {
    await using place = await filePlace();
    const [one, two] = [await place.open(), await place.open()];
    const lines = new SampleChain('s').lines(6);
    await one.append(lines.slice(0, 3));
    await seal(two);
    failSyncs(
      () => expect(seal(two)).rejects.toThrow(/EIO/),
      async () => {},
    );
    await expect(one.append(lines.slice(3))).rejects.toThrow(/EIO/);
    expect(await two.append(lines.slice(3))).toMatchObject({ stored: 3, duplicates: 0 });
    await seal(one);
    expect((await all(one.find({}))).map(({ line }) => line)).toEqual(lines);
    expect(await findingsOf(two)).toEqual([]);
  });

  it('may lie there twice, when it came again before anybody looked', async () => {
    await using place = await filePlace();
    const store = await place.open();
    const lines = new SampleChain('s').lines(3);
    await store.append(lines.slice(0, 1));
    failSyncs(async () => {});
    await expect(store.append(lines.slice(1))).rejects.toThrow(/EIO/);
    expect(await store.append(lines.slice(1))).toMatchObject({ stored: 2 });
    await seal(store);
    expect((await all(store.find({}))).map(({ line }) => line)).toEqual(lines);
    expect(await findingsOf(store)).toEqual([]);
  });
});

it('the last batch of a recorder that died is written and synced again before it counts', async () => {
  await using place = await filePlace();
  const died = await place.open();
  const chain = new SampleChain('s');
  const lines = [...chain.lines(2), ...chain.lines(2)];
  await died.append(lines.slice(0, 2));
  await died.append(lines.slice(2));
  await died.close();
  for (const name of readdirSync(place.at)) if (name.startsWith('index')) rmSync(join(place.at, name));
  const [segment = ''] = segmentsOf(place);
  const before = readFileSync(segment, 'utf8');
  utimesSync(segment, 1, 1);
  const store = await place.open();
  failSyncs(async () => {});
  await expect(all(store.find({}))).rejects.toThrow(/EIO/);
  expect((await all(store.find({}))).map(({ line }) => line)).toEqual(lines);
  expect(statSync(segment).mtimeMs).toBeGreaterThan(1000);
  expect(readFileSync(segment, 'utf8')).toBe(before);
  expect(await store.append(lines)).toMatchObject({ stored: 0, duplicates: 4 });
});

it('a key whose destruction was cut short is none, and is destroyed by the next', async () => {
  await using place = await filePlace();
  const { keys } = await place.open();
  const person = { tenant: 'acme', user: 'p_anna' };
  const record = wrapKey(randomBytes(32), randomBytes(32), { session: 's', epoch: 1000, ...person });
  await keys.put(record);
  const [file = ''] = readdirSync(join(place.at, 'keys'), { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.json'),
  );
  const path = join(place.at, 'keys', file);
  writeFileSync(path, randomBytes(statSync(path).size));
  expect(await keys.get(record)).toBeUndefined();
  expect(await keys.erase(person, 5000)).toMatchObject({ keys: 1 });
});

it('events behind a damaged batch are found by an index that is made anew', async () => {
  await using place = await filePlace();
  const chains = [1, 2, 3, 4].map((n) => new SampleChain(`s-${n}`).lines(2));
  const before = await place.open();
  for (const lines of chains) await before.append(lines);
  await before.close();
  const [segment = ''] = segmentsOf(place);
  writeFileSync(segment, readFileSync(segment, 'utf8').replace('"session":"s-2"', '"session":"s-9"'));
  for (const name of readdirSync(place.at)) if (name.startsWith('index')) rmSync(join(place.at, name));
  const store = await place.open();
  const found = (await all(store.find({}))).map(({ line }) => line);
  expect(new Set(found)).toEqual(new Set([...chains[0]!, ...chains[2]!, ...chains[3]!]));
  expect(await store.append(chains[3]!)).toMatchObject({ stored: 0, duplicates: 2 });
});

describe('an index that is damaged while recorders have it open', () => {
  const damage = ({ at }: StorePlace) => {
    const path = join(at, 'index-2.sqlite');
    const db = new DatabaseSync(path);
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    db.close();
    const bytes = readFileSync(path);
    const file = openSync(path, 'r+');
    // The first page has the names of the tables: it can still be opened.
    writeSync(file, Buffer.alloc(bytes.length - 4096, 'damage'), 0, undefined, 4096);
    closeSync(file);
  };

  it('is made anew, whatever it was needed for, and nobody is told', async () => {
    await using place = await filePlace();
    const [one, two] = [await place.open(), await place.open()];
    const chain = new SampleChain('s');
    const lines = chain.lines(2);
    await one.append(lines);
    await two.append(new SampleChain('t').lines(2));
    damage(place);
    const more = chain.lines(2);
    expect(await one.append([...lines, ...more])).toMatchObject({ stored: 2, duplicates: 2 });
    damage(place);
    expect(await all(one.find({}))).toHaveLength(6);
    damage(place);
    expect(await one.gaps(-1000)).toEqual([]);
    damage(place);
    expect(await seal(one)).toMatchObject({ n: 1 });
    expect(await all(two.find({}))).toHaveLength(6);
    expect(await findingsOf(one)).toEqual([]);
  });

  it('is made anew in the middle of a search, which goes on where it was', async () => {
    await using place = await filePlace();
    const [one, two] = [await place.open(), await place.open()];
    const lines = (from: number) =>
      Array.from({ length: 600 }, (_, i) => new SampleChain(`s-${from + i * 3}`).said('hi'));
    // From the segments, the chains come in another order.
    const stored = [lines(1), lines(2), lines(0)];
    for (const [i, batch] of stored.entries()) await (i === 1 ? two : one).append(batch);
    const found: string[] = [];
    for await (const { line } of one.find({})) {
      found.push(line);
      if (found.length === 1000) damage(place);
    }
    expect(found).toHaveLength(1800);
    expect(new Set(found)).toEqual(new Set(stored.flat()));
  });
});

it('an index of an older layout is removed, and what it had is found; one of a newer layout stays', async () => {
  await using place = await filePlace();
  const lines = new SampleChain('s').lines(3);
  const before = await place.open();
  await before.append(lines);
  await before.close();
  const files = ['index-1.sqlite', 'index-1.sqlite-wal', 'index-1.sqlite-shm', 'index-99.sqlite'];
  rmSync(join(place.at, 'index-2.sqlite'));
  for (const name of files) writeFileSync(join(place.at, name), 'of another layout');
  const store = await place.open();
  expect((await all(store.find({ user: 'p_anna' }))).map(({ line }) => line)).toEqual(lines);
  await store.close();
  expect(readdirSync(place.at).filter((name) => name.startsWith('index'))).toEqual([
    'index-2.sqlite',
    'index-99.sqlite',
  ]);
});

it('a segment that a full disk does not let begin leaves nothing', async () => {
  await using place = await filePlace();
  const folder = join(place.at, 'segments');
  mkdirSync(folder, { recursive: true });
  const begin = `
    const { SegmentWriter } = await import(${JSON.stringify(import.meta.resolve('./segment-writer.ts'))});
    await SegmentWriter.create(process.argv[1], 'one.jsonl');
  `;
  const run = (limit: string) =>
    spawnSync(
      'sh',
      ['-c', `${limit}; exec "$@"`, 'sh', process.execPath, '--input-type=module', '-e', begin, folder],
      {
        encoding: 'utf8',
      },
    );
  expect(run('ulimit -S -f 0').stderr).toContain('EFBIG');
  expect(readdirSync(folder)).toEqual([]);
  expect(run(':').status).toBe(0);
  expect(readdirSync(folder)).toEqual(['one.jsonl']);
});
