import { expect, it } from 'vitest';
import { redisProblem } from '../src/redis-server.ts';
import { startTestbed, type Testbed } from '../src/testbed.ts';
import { waitFor } from '../src/wait-for.ts';
import { isGone } from './scratch.ts';

it('two clusters run beside each other, of as many processes as were asked for', async () => {
  const [one, two] = await Promise.all([
    startTestbed({ workers: 1, gateways: 1 }),
    startTestbed({ workers: 1, workerPrimaries: 2, gatewayPrimaries: 2 }),
  ]);
  await using _one = one;
  await using _two = two;
  const sizes = async (bed: Testbed, url: string) => {
    const { gateways, workers } = await bed.status(url);
    return { gateways: gateways.length, workers: workers.length };
  };
  await expect.poll(() => sizes(one, one.url)).toEqual({ gateways: 1, workers: 1 });
  // A gateway looks at who is there once a second.
  for (const url of two.urls)
    await expect.poll(() => sizes(two, url), { timeout: 5000 }).toEqual({ gateways: 2, workers: 2 });
});

it('each process can be killed and started again, and nothing is left in the end', async () => {
  const bed = await startTestbed({ workers: 1 });
  const worker = bed.primaries.worker[0]!;
  const before = (await bed.status()).workers[0]!;
  worker.kill('SIGKILL');
  await waitFor('the end of its child', () => isGone(before.pid) || undefined);
  expect(worker.pid).toBeUndefined();
  await worker.start();
  const after = (await bed.status()).workers.find(({ id }) => id !== before.id)!;
  expect(after.state).toBe('up');

  await bed.redis.stop();
  expect(await redisProblem(bed.redisUrl)).toContain('ECONNREFUSED');
  await bed.redis.start();
  expect(await redisProblem(bed.redisUrl)).toBeUndefined();

  const pids = [bed.redis, bed.emulator!, worker, bed.primaries.gateway[0]!].map(({ pid }) => pid!);
  await bed.close();
  await waitFor('the end of all', () => [after.pid, ...pids].every(isGone) || undefined);
});
