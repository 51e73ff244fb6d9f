import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { startTestEmulator, type TestEmulator } from '@vjj/deploy/test-emulator.ts';
import { startTestRedis, type TestRedis } from '@vjj/deploy/test-redis.ts';
import { bytesOf } from '@vjj/shared/audio.ts';
import { keysOf } from '@vjj/shared/control/keys.ts';
import { connectRedis, redisReady } from '@vjj/shared/control/redis.ts';
import { createLog } from '@vjj/shared/log.ts';
import type { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { speechRms } from './loudness.ts';
import { LoudnessReference } from './loudness-reference.ts';
import { PhraseCache } from './phrase-cache.ts';
import { PhraseDisk } from './phrase-disk.ts';
import { Phrases } from './phrases.ts';
import { retryDelayMs } from './retry-delay.ts';
import { openAISpeech } from './speech-service.ts';

const path = '/v1/audio/speech';
const quiet = createLog('test', 'silent');
const keys = keysOf('phrases-test');
const lines = ['Mm-hmm.', 'One moment.', 'Let me see.'];
const marin = lines.map((text) => ({ voice: 'marin', text }));
let emulator: TestEmulator;
let server: TestRedis;
let redis: Redis;
let folder: string;
const open: Phrases[] = [];

beforeAll(async () => {
  [emulator, server] = await Promise.all([startTestEmulator(), startTestRedis()]);
  redis = connectRedis(server.url, quiet);
  await redisReady(redis, 5000);
});
afterAll(async () => {
  redis.disconnect();
  await Promise.all([emulator[Symbol.asyncDispose](), server[Symbol.asyncDispose]()]);
});
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vjj-voice-'));
  await Promise.all([redis.flushall(), emulator.clearFaults()]);
});
afterEach(() => {
  for (const phrases of open.splice(0)) phrases.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Setting {
  folder?: string;
  timeoutMs?: number;
  isLaneAEnabled?: boolean;
  firstRetryMs?: number;
}

/** The lines of one process, and what it logs. */
function startProcess(setting: Setting = {}) {
  const logged: { level: number; msg: string; code?: string; err?: string }[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      logged.push(JSON.parse(chunk.toString()));
      done();
    },
  });
  const loudness = new LoudnessReference();
  const log = pino(sink);
  const firstMs = setting.firstRetryMs ?? 20;
  const phrases = new Phrases({
    isLaneAEnabled: setting.isLaneAEnabled ?? true,
    speech: openAISpeech({
      apiKey: 'sk-test',
      baseUrl: emulator.baseUrl,
      model: 'gpt-4o-mini-tts',
      timeoutMs: setting.timeoutMs ?? 5000,
    }),
    cache: new PhraseCache(new PhraseDisk(setting.folder ?? folder, log), redis, keys),
    loudness,
    log,
    retry: { firstMs, slowestMs: Math.max(firstMs, 40) },
  });
  open.push(phrases);
  return { phrases, loudness, logged };
}

const poll = <T>(value: () => T) => expect.poll(value, { timeout: 10_000, interval: 5 });
const allReady = (phrases: Phrases, wanted = lines.length) =>
  poll(() => phrases.status()).toMatchObject({ laneA: 'on', ready: wanted, wanted });
/** Counts requests for speech; they are answered all the same. */
const countRequests = () => emulator.fault({ kind: 'http', path, id: 'count' });

describe('ready-made lines', () => {
  it('are had spoken in the background and are then at hand at once', async () => {
    const { phrases, logged } = startProcess();
    phrases.prepare(marin);
    expect(phrases.get('marin', 'Mm-hmm.')).toBeUndefined();
    await allReady(phrases);
    const pcm = phrases.get('marin', 'Mm-hmm.')!;
    expect(speechRms(pcm)).toBeGreaterThan(500);
    expect(phrases.get('marin', 'Mm-hmm.')).toBe(pcm);
    expect(phrases.get('cedar', 'Mm-hmm.')).toBeUndefined();
    expect(logged).toEqual([]);
  });

  it('are spoken once for a whole cluster that starts together, and never again after a restart', async () => {
    await countRequests();
    const cluster = Array.from({ length: 4 }, (_, i) =>
      startProcess({ folder: join(folder, `host-${i % 2}`) }),
    );
    for (const { phrases } of cluster) phrases.prepare(marin);
    for (const { phrases } of cluster) await allReady(phrases);
    expect(await emulator.struck('count')).toBe(lines.length);

    await redis.flushall();
    const restarted = startProcess({ folder: join(folder, 'host-0') });
    restarted.phrases.prepare(marin);
    await allReady(restarted.phrases);
    expect(await emulator.struck('count')).toBe(lines.length);
  });

  it('follow the agents: new ones are added, others forgotten', async () => {
    const { phrases } = startProcess();
    phrases.prepare(marin.slice(0, 2));
    await allReady(phrases, 2);
    phrases.prepare(marin.slice(1));
    await allReady(phrases, 2);
    expect(phrases.get('marin', lines[0]!)).toBeUndefined();
    expect(phrases.get('marin', lines[2]!)).toBeDefined();
  });

  it('are as loud as the answers of their voice', async () => {
    const { phrases, loudness } = startProcess();
    phrases.prepare(marin);
    await allReady(phrases);
    const loudnessOf = () => speechRms(phrases.get('marin', 'One moment.')!);
    expect(Math.abs(20 * Math.log10(loudnessOf() / loudness.targetRms('marin')))).toBeLessThan(1);
    const before = loudnessOf();
    const answer = Buffer.alloc(bytesOf(100));
    for (let i = 0; i < answer.length / 2; i++) {
      answer.writeInt16LE(Math.round(2400 * Math.sin(i / 8)), 2 * i);
    }
    for (let i = 0; i < 200; i++) loudness.observe('marin', answer);
    expect(20 * Math.log10(loudnessOf() / speechRms(answer))).toBeCloseTo(0, 0);
    expect(loudnessOf()).toBeLessThan(before * 0.7);
  });

  it.each([
    [{ status: 401, code: 'invalid_api_key' }, 'PROVIDER_AUTH', 'OPENAI_API_KEY'],
    [{ status: 429, code: 'insufficient_quota' }, 'PROVIDER_BUSY', 'quota'],
    [{ hang: true }, 'PROVIDER_TIMEOUT', 'TTS_TIMEOUT_MS'],
  ] as const)(
    'are off while speech fails with %o, say so once, and come back by themselves',
    async (fault, id, check) => {
      await emulator.fault({ kind: 'http', path, id: 'refused', ...fault });
      const { phrases, logged } = startProcess({ timeoutMs: 'hang' in fault ? 60 : 5000 });
      phrases.prepare(marin);
      await poll(() => phrases.status().laneA).toBe('off');
      const { outage, ready } = phrases.status();
      expect(outage).toMatchObject({ id, check: expect.stringContaining(check) });
      expect(outage!.nextTryAt).toBeGreaterThanOrEqual(outage!.since);
      expect(ready).toBe(0);
      expect(phrases.get('marin', 'Mm-hmm.')).toBeUndefined();
      // Several tries, and still one line.
      await expect.poll(() => emulator.struck('refused'), { timeout: 10_000 }).toBeGreaterThan(2);
      expect(logged).toHaveLength(1);
      expect(logged[0]).toMatchObject({ level: 40, code: id, err: expect.stringContaining(check) });

      await emulator.clearFaults();
      await poll(() => phrases.status().outage).toBeUndefined();
      await allReady(phrases);
      expect(logged).toHaveLength(2);
      expect(logged[1]).toMatchObject({ level: 30, msg: 'ready-made lines are spoken again' });
    },
  );

  it('are played from the cache when the voice service refuses, and only the others are missing', async () => {
    const first = startProcess();
    first.phrases.prepare(marin.slice(1));
    await allReady(first.phrases, 2);
    await emulator.fault({ kind: 'http', path, status: 401 });
    const { phrases } = startProcess();
    phrases.prepare(marin);
    await poll(() => phrases.status().outage?.id).toBe('PROVIDER_AUTH');
    expect(phrases.status()).toMatchObject({ laneA: 'on', ready: 2, wanted: 3 });
    expect(phrases.get('marin', lines[1]!)).toBeDefined();
  });

  it('lose only those of a voice that does not exist', async () => {
    const { phrases, logged } = startProcess();
    const nobody = lines.map((text) => ({ voice: 'nobody', text }));
    phrases.prepare([...nobody, ...marin]);
    await poll(() => phrases.status().outage?.id).toBe('UNKNOWN_VOICE');
    expect(phrases.status()).toMatchObject({ laneA: 'on', ready: 3, wanted: 6 });
    expect(logged).toHaveLength(1);
    expect(logged[0]!.err).toContain('"nobody"');
    phrases.prepare(marin);
    await poll(() => phrases.status().outage).toBeUndefined();
  });

  it('say that the lane is off when the only voice does not exist, and that it is not wanted when it is not', async () => {
    const off = startProcess();
    off.phrases.prepare([{ voice: 'nobody', text: 'Mm-hmm.' }]);
    await poll(() => off.phrases.status().laneA).toBe('off');
    expect(startProcess({ isLaneAEnabled: false }).phrases.status().laneA).toBe('disabled');
  });
});

describe('a line nobody knew before', () => {
  it('is spoken as loud as the others, once however many ask, and kept nowhere', async () => {
    await countRequests();
    const { phrases, loudness } = startProcess();
    const [one, other] = await Promise.all([
      phrases.speak('marin', 'Your order is on its way.'),
      phrases.speak('marin', 'Your order is on its way.'),
    ]);
    expect(one.equals(other)).toBe(true);
    expect(Math.abs(20 * Math.log10(speechRms(one) / loudness.targetRms('marin')))).toBeLessThan(1);
    expect(await emulator.struck('count')).toBe(1);
    expect(await redis.keys('*')).toEqual([]);
    expect(phrases.get('marin', 'Your order is on its way.')).toBeUndefined();
  });

  it('comes from memory when it is a known one', async () => {
    const { phrases } = startProcess();
    phrases.prepare(marin);
    await allReady(phrases);
    expect(await phrases.speak('marin', 'Mm-hmm.')).toBe(phrases.get('marin', 'Mm-hmm.'));
  });

  it('fails at once while the service is known to refuse, until the next try finds it well again', async () => {
    const { phrases, logged } = startProcess({ firstRetryMs: 60_000 });
    phrases.prepare(marin);
    await allReady(phrases);
    await emulator.fault({ kind: 'http', path, id: 'refused', status: 429 });
    await expect(phrases.speak('marin', 'Something new.')).rejects.toMatchObject({ id: 'PROVIDER_BUSY' });
    await expect(phrases.speak('marin', 'Something else.')).rejects.toMatchObject({ id: 'PROVIDER_BUSY' });
    expect(await emulator.struck('refused')).toBe(1);
    expect(phrases.status()).toMatchObject({ laneA: 'on', ready: 3, outage: { id: 'PROVIDER_BUSY' } });
    await emulator.clearFaults();
    phrases.prepare(marin); // does not wait for the minute to pass
    await poll(() => phrases.status().outage).toBeUndefined();
    expect(logged).toHaveLength(2);
    await expect(phrases.speak('marin', 'Something new.')).resolves.toBeInstanceOf(Buffer);
  });

  it('turns nothing else off when only its own words were refused', async () => {
    const { phrases } = startProcess();
    await emulator.fault({ kind: 'http', path, status: 400, code: 'content_policy', times: 1 });
    await expect(phrases.speak('marin', 'Something bad.')).rejects.toMatchObject({ id: 'PROVIDER_ERROR' });
    expect(phrases.status().outage).toBeUndefined();
  });
});

describe('the time until the next try', () => {
  const policy = { firstMs: 1000, slowestMs: 300_000 };
  it.each([
    [1, 0, 500],
    [1, 1, 1000],
    [2, 1, 2000],
    [5, 0.5, 12_000],
    [9, 1, 256_000],
    [10, 1, 300_000],
    [10, 0, 150_000],
    [5000, 1, 300_000],
  ])('after %d failures, by chance %d, is %d ms', (count, random, ms) => {
    expect(retryDelayMs(count, policy, random)).toBe(ms);
  });
});
