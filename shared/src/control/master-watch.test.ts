import { blackHole } from '@vjj/deploy/chaos/black-hole.ts';
import { startTestRedis } from '@vjj/deploy/test-redis.ts';
import { Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import { watchMaster } from './master-watch.ts';

it('a sentinel whose connection fell silent without a word is listened to over another one', async () => {
  // What matters of a sentinel here is that it publishes.
  const sentinel = await startTestRedis();
  onTestFinished(() => sentinel[Symbol.asyncDispose]());
  const way = await blackHole(sentinel.url);
  onTestFinished(() => way.end());
  const publisher = new Redis(sentinel.url);
  onTestFinished(() => publisher.disconnect());
  const { hostname: host, port } = new URL(way.url);
  let replaced = 0;
  const address = {
    kind: 'sentinel' as const,
    hosts: [{ host, port: Number(port) }],
    master: 'main',
    db: 0,
    isTls: false,
  };
  onTestFinished(watchMaster(address, () => replaced++, { pingEveryMs: 50, silenceMs: 200 }));
  const say = (now: string) => publisher.publish('+switch-master', `main 10.0.0.1 6379 ${now} 6379`);

  await expect.poll(() => say('10.0.0.2')).toBe(1);
  await expect.poll(() => replaced).toBe(1);
  way.open();
  way.forget();
  await expect.poll(async () => (await say('10.0.0.3')) && replaced, { timeout: 10_000 }).toBe(2);
});
