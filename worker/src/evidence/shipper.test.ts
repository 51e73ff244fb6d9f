import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { keysOf } from '@vjj/shared/control/keys.ts';
import { connectRedis, redisReady } from '@vjj/shared/control/redis.ts';
import { acknowledge, type Batch } from '@vjj/shared/evidence/batch.ts';
import { createLog } from '@vjj/shared/log.ts';
import { registry } from '@vjj/shared/metrics.ts';
import { queuePrefix } from '@vjj/shared/queues.ts';
import { Worker as QueueWorker } from 'bullmq';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startTestRedis, type TestRedis } from '../../../deploy/src/test-redis.ts';
import { waitFor } from '../../../deploy/src/wait-for.ts';
import { JobProducer } from '../queues/job-producer.ts';
import { Shipper, type ShipperTiming } from './shipper.ts';
import { Spill } from './spill.ts';
import { SpillFolder } from './spill-folder.ts';
import { ownerFile, thisProcess } from './spill-owner.ts';

const log = createLog('test', 'silent');
const keys = keysOf('test');
const timing: Partial<ShipperTiming> = {
  periodMs: 20,
  adoptEveryMs: 20,
  rollAfterMs: 40,
  resendAfterMs: 300,
};

let server: TestRedis;
let redis: Redis;
let root: string;
const closers: (() => Promise<unknown> | unknown)[] = [];
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'spill-'));
  server = await startTestRedis();
  redis = connectRedis(server.url, log);
  await redisReady(redis, 5000);
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  redis.disconnect();
  await server[Symbol.asyncDispose]();
  rmSync(root, { recursive: true, force: true });
});

/** A worker process's half of the way. */
function worker(segmentBytes = 4096) {
  const folder = new SpillFolder(root);
  const spill = new Spill({ folder, log, segmentBytes });
  const queue = new JobProducer('audit', { url: server.url, cluster: 'test', log });
  const shipper = new Shipper({ folder, spill, queue, redis, keys, log, timing });
  shipper.start();
  closers.push(
    () => queue.close(),
    () => shipper.close(0),
  );
  return { folder, spill, shipper };
}

/** The recorder's half: what is stored, and how often. */
function recorder(stored = new Map<string, number>(), fails: () => boolean = () => false) {
  const reader = new QueueWorker<Batch>(
    'audit',
    async ({ data }) => {
      if (fails()) throw new Error('not now');
      for (const line of data.lines) stored.set(line, (stored.get(line) ?? 0) + 1);
      await acknowledge(redis, keys, data);
    },
    {
      prefix: queuePrefix('test'),
      connection: { url: server.url, maxRetriesPerRequest: null, retryStrategy: () => 50 },
      concurrency: 4,
    },
  );
  reader.on('error', () => undefined);
  closers.push(() => reader.close(true));
  return { stored, reader };
}

let made = 0;
function tell(spill: Spill, count: number): string[] {
  const lines = Array.from({ length: count }, () => `{"v":1,"number":${++made},"pad":"${'y'.repeat(300)}"}`);
  for (const line of lines) spill.append(line);
  return lines;
}

async function batchesSent(): Promise<number> {
  const metric = await registry.getSingleMetric('vjj_evidence_batches_total')!.get();
  return metric.values[0]!.value;
}

const left = () =>
  readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((n) => n.endsWith('.jsonl'));
const emptied = () => waitFor('an empty spill', () => left().length === 0 || undefined, { limitMs: 12_000 });
const has = (stored: Map<string, number>, lines: string[]) =>
  waitFor('all lines to be stored', () => lines.every((line) => stored.has(line)) || undefined, {
    limitMs: 12_000,
  });

it('every line reaches the recorder, and what is stored is deleted', async () => {
  const { spill } = worker();
  const { stored } = recorder();
  const lines = tell(spill, 500);
  await has(stored, lines);
  await emptied();
  expect([...stored.values()].every((times) => times === 1)).toBe(true);
});

it('nothing is deleted while nobody has stored it, and a waiting job is not doubled', async () => {
  const { spill } = worker();
  const lines = tell(spill, 100);
  const waiting = () => redis.llen(`${queuePrefix('test')}:audit:wait`);
  const jobs = await waitFor('jobs', async () => (await waiting()) || undefined);
  const sent = await batchesSent();
  await waitFor('it to send again, twice', async () => (await batchesSent()) >= sent + 2 || undefined);
  expect(await waiting()).toBe(jobs);
  expect(left().length).toBeGreaterThan(0);
  const { stored } = recorder();
  await has(stored, lines);
  await emptied();
});

it('a Redis that is away, and comes back empty, loses nothing', async () => {
  const { spill } = worker();
  const first = tell(spill, 60);
  await waitFor('the first to be sent', async () => (await redis.keys('*:audit:wait'))[0]);
  await server.server.stop();
  const second = tell(spill, 60);
  await server.server.start();
  await redisReady(redis, 5000);
  await redis.flushall();
  const third = tell(spill, 60);
  const { stored } = recorder();
  await has(stored, [...first, ...second, ...third]);
  await emptied();
});

it('a folder shows that its process lives while Redis stands still', async () => {
  const { folder, spill } = worker();
  tell(spill, 60);
  await waitFor('lines on their way', async () => (await redis.keys('*:audit:wait'))[0]);
  server.server.kill('SIGSTOP');
  try {
    tell(spill, 60);
    await sleep(500); // by now a pass waits for Redis
    const signs = new Set<number>();
    for (let looks = 0; looks < 200; looks++) {
      signs.add(statSync(join(folder.path, ownerFile)).mtimeMs);
      await sleep(10);
    }
    expect(signs.size).toBeGreaterThan(10);
  } finally {
    server.server.kill('SIGCONT');
  }
});

it('a recorder that forgets what it had confirmed in part, with Redis, gets the rest', async () => {
  const { spill } = worker();
  let isRefusing = false;
  const { stored } = recorder(new Map(), () => isRefusing);
  const first = tell(spill, 5);
  await has(stored, first);
  isRefusing = true;
  const second = tell(spill, 100);
  spill.flush();
  await redis.flushall();
  isRefusing = false;
  await has(stored, second);
  await emptied();
});

it('what a killed process left is sent by the next one, without its torn last line', async () => {
  const dead = join(root, 'dead');
  mkdirSync(dead);
  writeFileSync(join(dead, 'owner.json'), JSON.stringify({ ...thisProcess(), started: 'never' }));
  const whole = Array.from({ length: 5 }, (_, i) => `{"v":1,"left":${i}}`);
  const file = join(dead, 'dead-000000.jsonl');
  writeFileSync(file, whole.map((line) => `${line}\n`).join(''));
  appendFileSync(file, '{"v":1,"le');
  const { stored } = recorder();
  worker();
  await has(stored, whole);
  await emptied();
  expect([...stored.keys()]).toEqual(whole);
});

it('what went with a folder that another process took holds nothing back', async () => {
  const { folder, spill } = worker(2 ** 20);
  for (let mebibytes = 0; mebibytes < 10; mebibytes++) {
    tell(spill, 3000);
    spill.flush();
  }
  const waiting = () => redis.llen(`${queuePrefix('test')}:audit:wait`);
  let before = -1;
  await waitFor('as much as may be on its way', async () => {
    const now = await waiting();
    const isAll = now > 0 && now === before;
    before = now;
    await sleep(100);
    return isAll || undefined;
  });
  // As adopting it does, by a process that hides it from this one.
  renameSync(folder.path, join(root, '.taken'));
  await waitFor('it to be missed', () => folder.isLost || undefined);
  const lines = tell(spill, 1);
  const { stored } = recorder();
  await has(stored, lines);
});

it('a process that leaves takes its folder with it when all is stored, and leaves the rest to the next', async () => {
  const { spill, shipper } = worker();
  const lines = tell(spill, 50);
  spill.flush();
  await shipper.close(100);
  expect(left().length).toBeGreaterThan(0);
  const { stored } = recorder();
  const next = worker();
  // This process lives, so its folder counts as owned; what it left is what a dead one would have.
  const mine = readdirSync(root).find((name) => name !== next.folder.name)!;
  writeFileSync(join(root, mine, 'owner.json'), JSON.stringify({ ...thisProcess(), started: 'never' }));
  await has(stored, lines);
  await emptied();
  await next.shipper.close(5000);
  expect(readdirSync(root)).toEqual([]);
});
