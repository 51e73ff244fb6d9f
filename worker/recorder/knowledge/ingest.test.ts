import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestChroma, type TestChroma } from '@vjj/deploy/test-chroma.ts';
import { startTestRedis, type TestRedis } from '@vjj/deploy/test-redis.ts';
import { waitFor } from '@vjj/deploy/wait-for.ts';
import { keysOf } from '@vjj/shared/control/keys.ts';
import { createLog } from '@vjj/shared/log.ts';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { Chroma } from '../../src/chroma/chroma.ts';
import { encoderDimensions } from '../../src/embedding/sentence-encoder.ts';
import { HotPacks } from '../../src/knowledge/hot-packs.ts';
import type { EmbedJob, KnowledgeJob } from '../../src/knowledge/knowledge-jobs.ts';
import { collectionPrefix, fieldOf, readVersion } from '../../src/knowledge/pack-version.ts';
import { HopelessJob } from '../consumer.ts';
import { ingest } from './ingest.ts';

const cluster = 'test';
const keys = keysOf(cluster);
const log = createLog('test', 'silent');
const owner = { tenant: 'acme', agent: 'desk' };

let server: TestRedis;
let store: TestChroma;
let redis: Redis;
let chroma: Chroma;

beforeAll(async () => {
  [server, store] = await Promise.all([startTestRedis(), startTestChroma()]);
  redis = new Redis(server.url);
  chroma = new Chroma(store.url);
}, 60_000);
afterAll(async () => {
  redis?.disconnect();
  await Promise.all([server?.[Symbol.asyncDispose](), store?.[Symbol.asyncDispose]()]);
});
beforeEach(async () => {
  await redis.flushall();
  for (const { name } of await chroma.client.listCollections()) await chroma.remove(name);
});

/** Any vector does: what is tested is where it goes. */
const embedAll = async (texts: readonly string[]) =>
  texts.map((text) => Float32Array.from({ length: encoderDimensions }, (_, i) => Math.sin(text.length + i)));
const dependencies = (changes: object = {}) => ({ redis, keys, cluster, chroma, embedAll, log, ...changes });

/** The jobs of one change, in the order in which they are done. */
function change(
  version: string,
  files: Readonly<Record<string, readonly string[]>>,
  { base = '', kept = [] as string[], of = owner } = {},
): KnowledgeJob[] {
  const collection = `${collectionPrefix(cluster, of)}${version}`;
  const common = { v: 1, ...of, collection } as const;
  const embeds = Object.entries(files).map(
    ([file, ids]): EmbedJob => ({
      ...{ ...common, kind: 'embed' },
      facts: ids.map((id, index) => ({
        ...{ fact: { id, text: `what ${id} is`, source: file }, file, line: index + 1 },
      })),
    }),
  );
  const added = Object.entries(files).map(([name, ids]) => ({ name, facts: ids.length }));
  return [...embeds, { ...common, kind: 'switch', version, base, kept, added }];
}

async function done(jobs: readonly KnowledgeJob[]): Promise<void> {
  for (const job of jobs) await ingest(job, dependencies());
}

const collections = async () => (await chroma.client.listCollections()).map(({ name }) => name).sort();

function hotPacks(
  cacheFolder = mkdtempSync(join(tmpdir(), 'vjj-packs-')),
  at = chroma,
  of = cluster,
): HotPacks {
  const packs = new HotPacks({
    ...{ redis, keys: keysOf(of), cacheFolder, cluster: of, log },
    chroma: at,
    languageOf: () => 'en',
  });
  onTestFinished(() => {
    packs.close();
    // A pack may still be on its way there.
    rmSync(cacheFolder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  });
  return packs;
}
const idsOf = (packs: HotPacks, of = owner) =>
  packs
    .get(of)
    ?.facts.map(({ id }) => id)
    .sort();
const packFile = (folder: string) =>
  waitFor('the file', () => {
    const name = readdirSync(folder, { recursive: true }).find((one) => String(one).endsWith('.pack'));
    return name === undefined ? undefined : join(folder, String(name));
  });
const becomes = (packs: HotPacks, ids: string[] | undefined, of = owner) =>
  waitFor(`${ids} in force`, () => String(idsOf(packs, of)) === String(ids) || undefined);

describe('a change of knowledge', () => {
  it('is in force as a whole, keeps what it did not touch, and the version before is removed', async () => {
    await done(change('v1', { 'a.md': ['a1', 'a2'], 'b.md': ['b1'] }));
    await done(change('v2', { 'b.md': ['b2', 'b3'] }, { base: 'v1', kept: ['a.md'] }));
    const version = await readVersion(redis, keys, owner);
    expect(version).toMatchObject({ version: 'v2', facts: 4 });
    expect(version?.files.map(({ name, facts }) => [name, facts])).toEqual([
      ['a.md', 2],
      ['b.md', 2],
    ]);
    expect(await collections()).toEqual([version?.collection]);
    const packs = hotPacks();
    await packs.start();
    await becomes(packs, ['a1', 'a2', 'b2', 'b3']);
  });

  it('ends in the same state when any of its jobs is done again, in part or after the end', async () => {
    const first = change('v1', { 'a.md': ['a1'] });
    await done([...first, ...first, first[0]!]);
    const second = change('v2', { 'b.md': ['b1'] }, { base: 'v1', kept: ['a.md'] });
    // The recorder died after it took over and before it switched.
    const dying = dependencies({
      redis: Object.create(redis, { evalsha: { value: () => Promise.reject(new Error('dead')) } }),
    });
    await done([second[0]!]);
    await expect(ingest(second.at(-1)!, dying)).rejects.toThrow('dead');
    expect((await readVersion(redis, keys, owner))?.version).toBe('v1');
    await done([...second, ...second]);
    expect(await readVersion(redis, keys, owner)).toMatchObject({ version: 'v2', facts: 2 });
    expect(await collections()).toHaveLength(1);
  });

  it('that is not complete is not put in force', async () => {
    await done(change('v1', { 'a.md': ['a1'] }));
    const [, last] = change('v2', { 'b.md': ['b1'] }, { base: 'v1', kept: ['a.md'] });
    await expect(done([last!])).rejects.toThrow('1 facts are stored where 2 should be');
    expect(await readVersion(redis, keys, owner)).toMatchObject({ version: 'v1' });
  });

  it('of two at once one is refused, and leaves nothing', async () => {
    const one = change('v1', { 'a.md': ['a1'] });
    const other = change('v2', { 'b.md': ['b1'] });
    await done([one[0]!, other[0]!, one[1]!]);
    await expect(done([other[1]!])).rejects.toThrow('changed by somebody else');
    expect(await readVersion(redis, keys, owner)).toMatchObject({ version: 'v1', facts: 1 });
    expect(await collections()).toHaveLength(1);
  });

  it('that somebody undoes at once removes nothing, and is tried again', async () => {
    await done(change('v1', { 'a.md': ['a1'] }));
    const older = await redis.hgetall(keys.knowledge);
    const [embed, last] = change('v2', { 'b.md': ['b1'] }, { base: 'v1' });
    await done([embed!]);
    const undone = Object.create(redis, {
      evalsha: {
        value: async (...args: Parameters<Redis['evalsha']>) => {
          const result = await redis.evalsha(...args);
          await redis.hset(keys.knowledge, older);
          return result;
        },
      },
    });
    await expect(ingest(last!, dependencies({ redis: undone }))).rejects.toThrow(
      'another version is in force',
    );
    expect(await collections()).toHaveLength(2);
    await done([last!]);
    expect(await readVersion(redis, keys, owner)).toMatchObject({ version: 'v2', facts: 1 });
    expect(await collections()).toHaveLength(1);
  });

  it('that takes out the last file leaves nothing', async () => {
    await done(change('v1', { 'a.md': ['a1'] }));
    const packs = hotPacks();
    await packs.start();
    await becomes(packs, ['a1']);
    await done(change('v2', {}, { base: 'v1' }));
    await becomes(packs, undefined);
    expect(await collections()).toEqual([]);
  });

  it('cannot reach into another tenant’s collection', async () => {
    const [job] = change('v1', { 'a.md': ['a1'] });
    await expect(done([{ ...job!, tenant: 'other' }])).rejects.toBeInstanceOf(HopelessJob);
    expect(await collections()).toEqual([]);
  });

  it('is one tenant’s own, whatever the others are called', async () => {
    const others = [
      { tenant: 'acme","desk', agent: 'desk' },
      { tenant: 'acme', agent: 'desk2' },
      { tenant: 'ACME', agent: 'desk' },
    ];
    await done(change('v1', { 'a.md': ['secret'] }));
    for (const of of others) await done(change('v1', { 'a.md': [`of ${of.tenant}`] }, { of }));
    const packs = hotPacks();
    await packs.start();
    await becomes(packs, ['secret']);
    for (const of of others) await becomes(packs, [`of ${of.tenant}`], of);
    expect(packs.get({ tenant: 'nobody', agent: 'desk' })).toBeUndefined();
  });
});

describe('the packs of a worker', () => {
  it('serve from disk what they knew while Chroma stands still, and catch up when it goes on', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vjj-packs-'));
    await done(change('v1', { 'a.md': ['a1'] }));
    const before = hotPacks(folder);
    await before.start();
    await becomes(before, ['a1']);
    await packFile(folder);
    before.close();
    store.server.kill('SIGSTOP');
    onTestFinished(() => store.server.kill('SIGCONT'));
    const after = hotPacks(folder, new Chroma(store.url, 300));
    await after.start();
    expect(idsOf(after)).toEqual(['a1']);
    expect(after.get(owner)?.vectors?.count).toBe(1);
    await waitFor('the status', () => after.status.startsWith('cached (Chroma') || undefined);
    store.server.kill('SIGCONT');
    await done(change('v2', { 'b.md': ['b1'] }, { base: 'v1' }));
    await becomes(after, ['b1']);
    await waitFor('the status', () => after.status === 'ok' || undefined);
  });

  it('keep what they have when Chroma answers 500', async () => {
    const { url } = await httpServer((_, answer) => answer.writeHead(500).end('{}'));
    await done(change('v1', { 'a.md': ['a1'] }));
    const packs = hotPacks(undefined, new Chroma(url));
    await packs.start();
    await waitFor('the status', () => packs.status.startsWith('cached (Chroma') || undefined);
    expect(packs.get(owner)).toBeUndefined();
  });

  it('do not take a damaged file for knowledge', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vjj-packs-'));
    await done(change('v1', { 'a.md': ['a1'] }));
    const before = hotPacks(folder);
    await before.start();
    await becomes(before, ['a1']);
    const file = await packFile(folder);
    before.close();
    await redis.flushall();
    writeFileSync(file, '{"v":1}\ngarbage');
    const after = hotPacks(folder);
    await after.start();
    expect(idsOf(after)).toBeUndefined();
  });

  it('are not those of another cluster that keeps its own beside them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vjj-packs-'));
    await done(change('v1', { 'a.md': ['a1'] }));
    const packs = hotPacks(folder);
    await packs.start();
    await becomes(packs, ['a1']);
    await packFile(folder);
    const others = hotPacks(folder, chroma, 'other');
    await others.start();
    expect(idsOf(others)).toBeUndefined();
    expect(await readVersion(redis, keysOf('other'), owner)).toBeUndefined();
  });

  it('tell an emptied Redis which version is in force', async () => {
    await done(change('v1', { 'a.md': ['a1'] }));
    const packs = hotPacks();
    await packs.start();
    await becomes(packs, ['a1']);
    await redis.flushall();
    await waitFor(
      'the version',
      async () => (await readVersion(redis, keys, owner))?.version === 'v1' || undefined,
    );
  });
});

describe('an older version of knowledge', () => {
  const named = async () => (await readVersion(redis, keys, owner))?.version;
  const isNamed = (version: string) =>
    waitFor(`${version} named`, async () => (await named()) === version || undefined);
  /** All fields of the hash, as a worker would write them once more. */
  const said = () => redis.hgetall(keys.knowledge);

  it('is not told to an emptied Redis by a worker that could not read the newer one yet', async () => {
    await done(change('v1', { 'a.md': ['a1'] }));
    let isAway = false;
    let isAskedForNewer = false;
    const { url } = await httpServer((request, answer) => {
      isAskedForNewer ||= request.url?.endsWith('v2') === true;
      if (isAway) answer.writeHead(500).end('{}');
      else forward(request, answer, store.url);
    });
    const packs = hotPacks(undefined, new Chroma(url));
    await packs.start();
    await becomes(packs, ['a1']);
    isAway = true;
    await done(change('v2', { 'b.md': ['b1'] }, { base: 'v1' }));
    await waitFor('the newer one to be asked for', () => isAskedForNewer || undefined);
    await redis.flushall();
    await waitFor('any version', named);
    expect(await named()).toBe('v2');
  });

  it('that a worker of long ago told an emptied Redis is replaced by who has the newer one', async () => {
    await done(change('v1', { 'a.md': ['a1'] }));
    const older = await said();
    await done(change('v2', { 'b.md': ['b1'] }, { base: 'v1' }));
    const packs = hotPacks();
    await packs.start();
    await becomes(packs, ['b1']);
    await redis.hset(keys.knowledge, older);
    await isNamed('v2');
    expect(idsOf(packs)).toEqual(['b1']);
  });

  it('is not put back where all was removed since, also by a worker that was started anew', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vjj-packs-'));
    await done(change('v1', { 'a.md': ['a1'] }));
    const older = await said();
    const before = hotPacks(folder);
    await before.start();
    await becomes(before, ['a1']);
    await done(change('v2', {}, { base: 'v1' }));
    await becomes(before, undefined);
    before.close();
    await redis.hset(keys.knowledge, older);
    const after = hotPacks(folder);
    await after.start();
    await isNamed('v2');
    expect(idsOf(after)).toBeUndefined();
  });

  it('is in force again where Redis and Chroma were restored together', async () => {
    const first = change('v1', { 'a.md': ['a1'] });
    await done(first);
    const older = await said();
    await done(change('v2', { 'b.md': ['b1'] }, { base: 'v1' }));
    const packs = hotPacks();
    await packs.start();
    await becomes(packs, ['b1']);
    await ingest(first[0]!, dependencies());
    await chroma.remove(`${collectionPrefix(cluster, owner)}v2`);
    await redis.hset(keys.knowledge, older);
    await becomes(packs, ['a1']);
    expect(await named()).toBe('v1');
  });

  it('is not in force again where all was removed since, though Redis and Chroma were restored together', async () => {
    const first = change('v1', { 'a.md': ['a1'] });
    await done(first);
    const older = await said();
    await done(change('v2', {}, { base: 'v1' }));
    const folder = mkdtempSync(join(tmpdir(), 'vjj-packs-'));
    const packs = hotPacks(folder);
    await packs.start();
    await packFile(folder);
    await ingest(first[0]!, dependencies());
    await redis.hset(keys.knowledge, older);
    await isNamed('v2');
    expect(idsOf(packs)).toBeUndefined();
  });

  it('has an earlier time, though the clock of who made it was ahead', async () => {
    await done(change('v1', { 'a.md': ['a1'] }));
    const first = await readVersion(redis, keys, owner);
    const ahead = { ...first, at: Date.now() + 3_600_000 };
    await redis.hset(keys.knowledge, fieldOf(owner), JSON.stringify(ahead));
    await done(change('v2', { 'b.md': ['b1'] }, { base: 'v1' }));
    expect((await readVersion(redis, keys, owner))?.at).toBe(ahead.at + 1);
  });
});

function forward(request: IncomingMessage, answer: ServerResponse, to: string): void {
  const on = httpRequest(
    new URL(request.url ?? '/', to),
    { method: request.method ?? 'GET', headers: request.headers },
    (reply) => {
      answer.writeHead(reply.statusCode ?? 500, reply.headers);
      reply.pipe(answer);
    },
  );
  on.on('error', () => answer.destroy());
  request.pipe(on);
}

async function httpServer(listener: RequestListener): Promise<{ url: string }> {
  const http = createServer(listener);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}` };
}
