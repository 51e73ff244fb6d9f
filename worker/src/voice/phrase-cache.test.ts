import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestRedis, type TestRedis } from '@vjj/deploy/test-redis.ts';
import { keysOf } from '@vjj/shared/control/keys.ts';
import { connectRedis, redisReady } from '@vjj/shared/control/redis.ts';
import { createLog } from '@vjj/shared/log.ts';
import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PhraseCache } from './phrase-cache.ts';
import { PhraseDisk } from './phrase-disk.ts';
import { phraseHash } from './stored-phrase.ts';

const log = createLog('test', 'silent');
const keys = keysOf('phrase-cache-test');
const hash = phraseHash({ baseUrl: 'https://x/v1', model: 'gpt-4o-mini-tts' }, 'marin', 'One moment.');
const pcm = Buffer.from(Uint8Array.from({ length: 48_000 }, (_, i) => (i * 7) % 251));
let server: TestRedis;
let redis: Redis;
let folder: string;

beforeAll(async () => {
  server = await startTestRedis();
  redis = connectRedis(server.url, log);
  await redisReady(redis, 5000);
});
afterAll(async () => {
  redis.disconnect();
  await server[Symbol.asyncDispose]();
});
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vjj-voice-'));
  await redis.flushall();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** As a process of a host sees the caches. */
const cacheIn = (path: string, over = redis) => new PhraseCache(new PhraseDisk(path, log), over, keys);
const onDisk = () => readdirSync(folder);

describe('kept lines', () => {
  it('are found by other processes of the host without Redis, and by other hosts through Redis', async () => {
    await cacheIn(folder).keep(hash, pcm);
    await redis.del(keys.phrase(hash));
    expect((await cacheIn(folder).find(hash))?.equals(pcm)).toBe(true);

    await cacheIn(folder).keep(hash, pcm);
    const otherHost = join(folder, 'other');
    expect((await cacheIn(otherHost).find(hash))?.equals(pcm)).toBe(true);
    await redis.flushall();
    expect((await cacheIn(otherHost).find(hash))?.equals(pcm)).toBe(true);
  });

  it('leave Redis by themselves after a month', async () => {
    await cacheIn(folder).keep(hash, pcm);
    const seconds = await redis.ttl(keys.phrase(hash));
    expect(seconds).toBeGreaterThan(29 * 24 * 3600);
    expect(seconds).toBeLessThanOrEqual(30 * 24 * 3600);
  });

  it('stay out of Redis when they are long', async () => {
    const long = Buffer.alloc(600 * 1024, 1);
    await cacheIn(folder).keep(hash, long);
    expect(await redis.exists(keys.phrase(hash))).toBe(0);
    expect((await cacheIn(folder).find(hash))?.equals(long)).toBe(true);
  });

  it.each([
    ['truncated', (stored: Buffer) => stored.subarray(0, 1000)],
    ['changed', (stored: Buffer) => Buffer.concat([stored.subarray(0, -2), Buffer.from([9, 9])])],
    ['empty', () => Buffer.alloc(0)],
  ])('are thrown away when the file is %s', async (_what, damage) => {
    const cache = cacheIn(folder);
    await cache.keep(hash, pcm);
    await redis.flushall();
    const path = join(folder, onDisk()[0]!);
    writeFileSync(path, damage(readFileSync(path)));
    expect(await cache.find(hash)).toBeUndefined();
    expect(onDisk()).toEqual([]);
  });

  it('are not believed from Redis either when they are damaged', async () => {
    await redis.set(keys.phrase(hash), 'not speech');
    expect(await cacheIn(folder).find(hash)).toBeUndefined();
  });

  it('are whole whenever they can be read, however many processes write them', async () => {
    const caches = Array.from({ length: 8 }, () => cacheIn(folder));
    const found: (Buffer | undefined)[] = [];
    await Promise.all(
      caches.flatMap((cache) => [
        cache.keep(hash, pcm),
        cache.find(hash).then((audio) => void found.push(audio)),
      ]),
    );
    expect(found.every((audio) => audio === undefined || audio.equals(pcm))).toBe(true);
    expect(onDisk()).toHaveLength(1);
  });

  it('do without a folder that cannot be used', async () => {
    const file = join(folder, 'a file');
    writeFileSync(file, '');
    const cache = cacheIn(join(file, 'voice'));
    await cache.keep(hash, pcm);
    expect((await cache.find(hash))?.equals(pcm)).toBe(true);
  });

  it('do without Redis', async () => {
    const gone = connectRedis('redis://127.0.0.1:1', log);
    try {
      const cache = cacheIn(folder, gone);
      expect(await cache.claim(hash, 1000)).toBe(true);
      await cache.keep(hash, pcm);
      await cache.unclaim(hash);
      expect((await cache.find(hash))?.equals(pcm)).toBe(true);
    } finally {
      gone.disconnect();
    }
  });

  it('are claimed by one process at a time, and by the next when the claim is given up', async () => {
    const [one, other] = [cacheIn(folder), cacheIn(folder)];
    const claims = await Promise.all([one.claim(hash, 5000), other.claim(hash, 5000)]);
    expect(claims.filter(Boolean)).toHaveLength(1);
    expect(await redis.pttl(keys.phraseClaim(hash))).toBeLessThanOrEqual(5000);
    await one.unclaim(hash);
    expect(await other.claim(hash, 5000)).toBe(true);
  });
});
