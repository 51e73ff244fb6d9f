import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from '../src/free-port.ts';
import { redisProblem, redisServer } from '../src/redis-server.ts';
import { isGone, scratchFolder } from './scratch.ts';

async function redis() {
  const folder = scratchFolder();
  const port = await freePort();
  const server = redisServer({ folder: join(folder, 'data'), logFile: join(folder, 'redis.log'), port });
  await server.start();
  onTestFinished(() => server.stop());
  return { server, url: `redis://127.0.0.1:${port}` };
}

it('answers once it is started, refuses writes rather than dropping keys, and is gone once stopped', async () => {
  const { server, url } = await redis();
  expect(await redisProblem(url)).toBeUndefined();
  const client = new Redis(url);
  expect(await client.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
  client.disconnect();
  const pid = server.pid!;
  await server.stop();
  expect(isGone(pid)).toBe(true);
  expect(await redisProblem(url)).toContain('ECONNREFUSED');
});

it('knows what was written before it was killed', async () => {
  const { server, url } = await redis();
  const before = new Redis(url);
  await before.set('word', 'kept');
  before.disconnect();
  server.kill('SIGKILL');
  await server.exited;
  await server.start();
  const after = new Redis(url);
  expect(await after.get('word')).toBe('kept');
  after.disconnect();
});

it('says what its log says when it does not start', async () => {
  const { url } = await redis();
  const folder = scratchFolder();
  const port = Number(new URL(url).port);
  const second = redisServer({ folder, logFile: join(folder, 'redis.log'), port });
  await expect(second.start()).rejects.toThrow(/redis did not start.*Address already in use/s);
});
