import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { shortTempFolder } from '@vjj/deploy/temp-folder.ts';
import { startTestEmulator, type TestEmulator } from '@vjj/deploy/test-emulator.ts';
import { startTestRedis, type TestRedis } from '@vjj/deploy/test-redis.ts';
import { Ticker } from '@vjj/shared/clock.ts';
import { readConfig } from '@vjj/shared/config.ts';
import { keysOf } from '@vjj/shared/control/keys.ts';
import { claim, type Pin } from '@vjj/shared/control/pins.ts';
import { connectRedis } from '@vjj/shared/control/redis.ts';
import { errorSpec } from '@vjj/shared/errors.ts';
import { decodeClose, FrameKind } from '@vjj/shared/link/frames.ts';
import { createLog } from '@vjj/shared/log.ts';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CallerOutput } from './caller-output.ts';
import type { Hosted } from './calls.ts';
import { testEvidence } from './evidence/test-evidence.ts';
import { Ownership } from './ownership.ts';
import { createResources, type Resources } from './resources.ts';
import { Session } from './session.ts';

const log = createLog('test', 'silent');
const keys = keysOf('ownership-test');
const folder = shortTempFolder();
let emulator: TestEmulator;
let server: TestRedis;
/** The worker's connection, which gives up soon, and the test's. */
let registry: Redis;
let redis: Redis;
let config: ReturnType<typeof readConfig>;
let resources: Resources;
let ownership: Ownership;
let sure: string[];
let warned: string[];

beforeAll(async () => {
  [emulator, server] = await Promise.all([startTestEmulator(), startTestRedis()]);
  config = readConfig({
    ...{ LINK_SECRET: 'not needed for this', REDIS_URL: server.url, OPENAI_BASE_URL: emulator.baseUrl },
    ...{ LOCAL_KEY_DIR: join(folder, 'keys'), VOICE_CACHE_DIR: join(folder, 'voice'), ENABLE_RAG: 'false' },
    ...{ WARM_POOL_MIN: '0', WARM_POOL_MAX: '0' },
  });
  redis = new Redis(server.url);
  registry = connectRedis(server.url, log);
  await once(registry, 'ready');
  resources = await createResources({ config, log, redis, keys, providerRoom: () => 10 });
}, 30_000);
afterAll(async () => {
  resources.close();
  await resources.memory?.close();
  for (const connection of [redis, registry]) connection.disconnect();
  await Promise.all([emulator, server].map((one) => one[Symbol.asyncDispose]()));
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  await redis.flushall();
  for (const [id, slots] of [
    ['a', 9],
    ['b', 5],
  ] as const) {
    await redis.zadd(keys.workers, Date.now() + 600_000, id);
    await redis.zadd(keys.free, slots, id);
  }
  sure = [];
  warned = [];
  const warnings = pino({ level: 'warn' }, { write: (line) => void warned.push(line) });
  ownership = new Ownership(registry, keys, warnings);
  ownership.onSure = ({ id }) => sure.push(id);
  ownership.registered('a', []);
});

async function claimed(dead?: Pin): Promise<Pin> {
  const result = await claim(redis, keys, 's', { dead });
  if (typeof result === 'string') throw new Error(result);
  return { owner: result.owner, epoch: result.epoch };
}

/** A call that was given to worker `a`, and how its caller was told of its end. */
async function hostedCall(): Promise<{ hosted: Hosted; ends: number[] }> {
  const pin = await claimed();
  const ends: number[] = [];
  const send = (kind: FrameKind, _number: number, payload: Buffer | string) => {
    if (kind === FrameKind.close) ends.push(decodeClose(Buffer.from(payload)).code);
  };
  const output = new CallerOutput({ send, end: () => undefined });
  const { evidence } = testEvidence();
  const session = new Session('s', 'a', 'connection', {
    ...{ config, log, ticker: new Ticker(20), output, memory: resources.memory },
    ...{ agents: resources.agents, connect: resources.connect, phrases: resources.phrases },
    evidence: { isFull: () => false, begin: () => evidence },
    resumeToken: () => 'token',
    onProvider: () => undefined,
    onChanged: () => undefined,
    onAdrift: () => undefined,
    onEnd: () => undefined,
  });
  return { hosted: { id: 's', pin, session, placedMs: 0 }, ends };
}

const lostWorker = errorSpec('WORKER_LOST').close;
const pinNow = async () => {
  const { owner, epoch } = await redis.hgetall(keys.pin('s'));
  return owner === undefined ? undefined : { owner, epoch: Number(epoch) };
};
/** What the worker has asked of Redis until now, or is about to. */
async function allAnswered(): Promise<void> {
  await nextTurn();
  await registry.ping();
}
const freeOf = async (id: string) => Number(await redis.zscore(keys.free, id));

describe('a call that opens', () => {
  it('keeps its pin for longer than a reservation', async () => {
    const { hosted } = await hostedCall();
    ownership.opened(hosted);
    await expect.poll(() => sure).toEqual(['s']);
    expect(await pinNow()).toEqual(hosted.pin);
    expect(await redis.pttl(keys.pin('s'))).toBeGreaterThan(3_600_000);
  });

  it('is let go when another worker has its pin, which stays as it is, also at the end', async () => {
    const { hosted, ends } = await hostedCall();
    const taken = await claimed(hosted.pin);
    ownership.opened(hosted);
    await expect.poll(() => ends).toEqual([lostWorker]);
    ownership.closed(hosted);
    await expect.poll(() => ownership.heldSlots).toBe(0);
    expect(await pinNow()).toEqual(taken);
    expect(sure).toEqual([]);
  });

  it('has its pin written again when Redis has forgotten it', async () => {
    const { hosted } = await hostedCall();
    await redis.del(keys.pin('s'));
    ownership.forgotten(hosted);
    await expect.poll(() => sure).toEqual(['s']);
    expect(await pinNow()).toEqual(hosted.pin);
  });

  it('while Redis is silent is not let go, and is confirmed when it answers', async () => {
    const { hosted, ends } = await hostedCall();
    registry.disconnect();
    await once(registry, 'end');
    ownership.opened(hosted);
    ownership.tryRest();
    await registry.connect();
    expect(ends).toEqual([]);
    ownership.tryRest();
    await expect.poll(() => sure).toEqual(['s']);
  });
});

describe('a worker that has registered under a new id', () => {
  it('takes its calls along, under a higher epoch', async () => {
    const { hosted } = await hostedCall();
    const before = hosted.pin;
    ownership.registered('a2', [hosted]);
    await expect.poll(() => sure).toEqual(['s']);
    expect(hosted.pin.owner).toBe('a2');
    expect(hosted.pin.epoch).toBeGreaterThan(before.epoch);
    expect(await pinNow()).toEqual(hosted.pin);
  });

  it('lets go of one that was given to another meanwhile', async () => {
    const { hosted, ends } = await hostedCall();
    const taken = await claimed(hosted.pin);
    ownership.registered('a2', [hosted]);
    await expect.poll(() => ends).toEqual([lostWorker]);
    expect(await pinNow()).toEqual(taken);
    expect(sure).toEqual([]);
  });
});

describe('a call that is over', () => {
  it('gives back its pin and its slot, not before its journal is settled', async () => {
    const { hosted } = await hostedCall();
    const settled = Promise.withResolvers<void>();
    ownership.settled = () => settled.promise;
    ownership.closed(hosted);
    await allAnswered();
    expect(ownership.heldSlots).toBe(1);
    expect(await pinNow()).toEqual(hosted.pin);
    settled.resolve();
    await expect.poll(pinNow).toBeUndefined();
    expect(ownership.heldSlots).toBe(0);
    expect(await freeOf('a')).toBe(9);
  });

  it('keeps its pin when its caller may come back to it', async () => {
    const { hosted } = await hostedCall();
    ownership.closed({ ...hosted, isLeftForCaller: true });
    ownership.tryRest();
    await allAnswered();
    expect(await pinNow()).toEqual(hosted.pin);
  });

  it('before it was confirmed has no pin afterwards', async () => {
    const { hosted } = await hostedCall();
    ownership.opened(hosted);
    ownership.closed(hosted);
    await expect.poll(pinNow).toBeUndefined();
    ownership.tryRest();
    await allAnswered();
    expect(await pinNow()).toBeUndefined();
    expect(sure).toEqual([]);
  });

  it('while Redis is silent holds its slot until that answers again, and gives it back once', async () => {
    const { hosted } = await hostedCall();
    server.server.kill('SIGSTOP');
    try {
      ownership.closed(hosted);
      await expect.poll(() => warned.join(), { timeout: 20_000 }).toContain('could not release a pin');
      expect(ownership.heldSlots).toBe(1);
    } finally {
      server.server.kill('SIGCONT');
    }
    await expect
      .poll(() => {
        if (registry.status === 'ready') ownership.tryRest();
        return ownership.heldSlots;
      })
      .toBe(0);
    await expect.poll(pinNow).toBeUndefined();
    await expect.poll(() => freeOf('a')).toBe(9);
  });
});
