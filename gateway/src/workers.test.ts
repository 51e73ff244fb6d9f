import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTestRedis, type TestRedis } from '@vjj/deploy/test-redis.ts';
import { keysOf } from '@vjj/shared/control/keys.ts';
import { connectRedis } from '@vjj/shared/control/redis.ts';
import { acceptLink } from '@vjj/shared/link/handshake.ts';
import { createLog } from '@vjj/shared/log.ts';
import { machineId } from '@vjj/shared/process/machine.ts';
import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { WorkerLink } from './worker-link.ts';
import { Workers } from './workers.ts';

const log = createLog('test', 'silent');
const secret = 'only-gateways-and-workers-know';
const keys = keysOf('workers-test');
const worker = 'worker-0:abc';
const folder = mkdtempSync(join(tmpdir(), 'vjj-'));
const linkPath = join(folder, 'link');
let server: TestRedis;
let redis: Redis;
let workers: Workers;
/** The worker's ends of the links, in the order they were opened. */
const ends: Socket[] = [];
const listener = createServer((socket) => {
  socket.on('error', () => undefined);
  void acceptLink(socket, secret, worker).then(() => {
    ends.push(socket);
    socket.resume();
  });
});

beforeAll(async () => {
  server = await startTestRedis();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  redis = connectRedis(server.url, log);
  await once(redis, 'ready');
  await redis.hset(keys.recordPrefix + worker, { linkPath, machine: machineId() });
  await new Promise<void>((resolve) => listener.listen(linkPath, resolve));
  workers = new Workers(redis, keys, { security: { secret, isEncrypted: false }, callersPerLink: 2, log });
});
afterEach(async () => {
  workers.close();
  redis.disconnect();
  for (const end of ends.splice(0)) end.destroy();
  if (listener.listening) await new Promise((resolve) => listener.close(resolve));
});

/** A caller takes the link it is given; what it lost is told. */
async function comes(lost: string[] = [], name = ''): Promise<WorkerLink> {
  const link = await workers.linkTo(worker);
  link.openStream({ session: 's', epoch: 1, connection: 'c' } as never, {
    onMessage: () => undefined,
    onClose: () => undefined,
    onAcknowledged: () => undefined,
    onLost: () => lost.push(name),
  });
  return link;
}

it('opens a link for each so many callers, for which nobody waits, and gives each the one with the fewest', async () => {
  const [first, second, third] = [await comes(), await comes(), await comes()];
  expect([second, third]).toEqual([first, first]);
  await expect.poll(() => workers.count).toBe(2);
  const fourth = await comes();
  expect(fourth).not.toBe(first);
  expect(await comes()).toBe(fourth);
  expect([first.callers, fourth.callers]).toEqual([3, 2]);
  expect(await comes()).toBe(fourth); // all are full, and another is on its way
  await expect.poll(() => workers.count).toBe(3);
});

it('one that breaks takes no other with it; the others lead to the worker again once a new one has', async () => {
  const lost: string[] = [];
  const first = await comes(lost, 'first');
  await comes(lost, 'second');
  await comes(lost, 'third');
  await expect.poll(() => workers.count).toBe(2);
  const other = await comes(lost, 'fourth');
  ends[0]!.destroy();
  await expect.poll(() => lost).toEqual(['first', 'second', 'third']);
  expect(first.isClosed).toBe(true);
  // Redis is not needed for it: another link leads there.
  redis.disconnect();
  await once(redis, 'end');
  const fresh = await workers.linkTo(worker);
  expect(fresh).not.toBe(other);
  expect(fresh.callers).toBe(0);
  expect(other.isClosed).toBe(false);
  await comes();
  await comes();
  expect([other.callers, fresh.callers]).toEqual([2, 1]);
});

it('a worker that is gone is not met over what is left of its links', async () => {
  await comes();
  await comes();
  await comes();
  await expect.poll(() => workers.count).toBe(2);
  const other = await comes();
  listener.close();
  ends[0]!.destroy();
  await expect.poll(() => workers.count).toBe(1);
  await expect(workers.linkTo(worker)).rejects.toMatchObject({ id: 'WORKER_LOST' });
  await sleep(50);
  expect(other.isClosed).toBe(false);
  await expect(workers.linkTo(worker)).rejects.toMatchObject({ id: 'WORKER_LOST' });
});
