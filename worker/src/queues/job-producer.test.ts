import { startTestRedis } from '@vjj/deploy/test-redis.ts';
import { createLog } from '@vjj/shared/log.ts';
import { queuePrefix } from '@vjj/shared/queues.ts';
import { Queue } from 'bullmq';
import { expect, it } from 'vitest';
import { JobProducer } from './job-producer.ts';

const log = createLog('test', 'silent');

it('says at once that a job was not taken while Redis is away, and hands over again when it is back', async () => {
  await using redis = await startTestRedis();
  const producer = new JobProducer('audit', { url: redis.url, cluster: 'test', log });
  const queue = new Queue('audit', { prefix: queuePrefix('test'), connection: { url: redis.url } });
  queue.on('error', () => undefined);
  await producer.add([{ data: 1, id: 'before' }]);

  redis.server.kill('SIGKILL');
  await redis.server.exited;
  await expect(producer.add([{ data: 2, id: 'meanwhile' }])).rejects.toThrow();

  await redis.server.start();
  await expect.poll(() => producer.add([{ data: 3, id: 'after' }]).then(() => 'taken', String)).toBe('taken');
  const ids = (await queue.getJobs(['waiting'])).map(({ id }) => id);
  // What was refused is not handed over behind its owner's back.
  expect(ids.toSorted()).toEqual(['after', 'before']);
  await producer.close();
  await queue.close();
});

it('hands over a job once, however often it is asked to while it waits', async () => {
  await using redis = await startTestRedis();
  const producer = new JobProducer('escalation', { url: redis.url, cluster: 'test', log });
  const queue = new Queue('escalation', { prefix: queuePrefix('test'), connection: { url: redis.url } });
  for (const _time of [1, 2, 3]) await producer.add([{ data: 1, id: 'one_1_2' }]);
  expect(await queue.getJobCounts('waiting')).toEqual({ waiting: 1 });
  await producer.close();
  await queue.close();
});

it('refuses a job that would be too large for Redis', async () => {
  await using redis = await startTestRedis();
  const producer = new JobProducer('memory', { url: redis.url, cluster: 'test', log });
  await expect(producer.add([{ data: 'x'.repeat(2 * 1024 * 1024) }])).rejects.toThrow(/size/i);
  await producer.close();
});
