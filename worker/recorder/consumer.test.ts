import { type ChildProcess, spawn } from 'node:child_process';
import { startTestRedis } from '@vjj/deploy/test-redis.ts';
import { createLog } from '@vjj/shared/log.ts';
import { type DeadLetter, deadLetterQueue, queuePrefix } from '@vjj/shared/queues.ts';
import { Queue } from 'bullmq';
import { afterAll, afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { JobProducer } from '../src/queues/job-producer.ts';
import { Consumer, HopelessJob, type JobContext, TryForever, TryLater } from './consumer.ts';

vi.setConfig({ testTimeout: 60_000 });
const redis = await startTestRedis();
const log = createLog('test', 'silent');
const producer = new JobProducer('memory', { url: redis.url, cluster: 'test', log });
const connection = { prefix: queuePrefix('test'), connection: { url: redis.url } };
const live = new Queue('memory', connection);
const dead = new Queue(deadLetterQueue('memory'), connection);
for (const queue of [live, dead]) queue.on('error', () => undefined);
afterEach(() => Promise.all([live.obliterate({ force: true }), dead.obliterate({ force: true })]));
afterAll(async () => {
  await Promise.all([producer.close(), live.close(), dead.close()]);
  await redis[Symbol.asyncDispose]();
});

const soon = <T>(what: () => T) => expect.poll(what, { timeout: 30_000 });
const hand = (...jobs: string[]) =>
  producer.add(jobs.map((what) => ({ data: { v: 1, what }, id: `the-${what}` })));
const deadLetters = async () => (await dead.getJobs(['waiting'])).map(({ data }) => data as DeadLetter);

function consume(
  handle: (what: string, context: JobContext) => Promise<void>,
  isToKeep?: (letter: DeadLetter) => boolean,
): Consumer<unknown> {
  const consumer = new Consumer({
    queue: 'memory',
    schema: z.object({ v: z.literal(1), what: z.string() }),
    concurrency: 1,
    handle: ({ what }, context) => handle(what, context),
    ...(isToKeep && { isToKeep }),
    lockMs: 1000,
    redisUrl: redis.url,
    cluster: 'test',
    log,
  });
  onTestFinished(() => consumer.close(100));
  return consumer;
}

it('does the jobs of a queue one after the other, and those that came while nobody was there', async () => {
  await hand('first', 'second');
  const done: string[] = [];
  consume(async (what) => void done.push(what));
  await hand('third');
  await soon(() => done).toEqual(['first', 'second', 'third']);
});

it('sets aside what is hopeless or cannot be read, with the reason, and goes on', async () => {
  const done: string[] = [];
  consume(async (what) => {
    if (what === 'hopeless') throw new HopelessJob('it never will be done');
    done.push(what);
  });
  await producer.add([
    { data: { v: 2, what: 'foreign' }, id: 'the-foreign' },
    { data: 'garbage', id: 'the-garbage' },
  ]);
  await hand('hopeless', 'good');
  await soon(() => done).toEqual(['good']);
  await soon(async () => (await deadLetters()).map(({ id }) => id).toSorted()).toEqual([
    'the-foreign',
    'the-garbage',
    'the-hopeless',
  ]);
  const reasons = Object.fromEntries((await deadLetters()).map(({ id, reason }) => [id, reason]));
  expect(reasons['the-foreign']).toMatch(/^cannot be read: v:/);
  expect(reasons['the-garbage']).toMatch(/^cannot be read: job:/);
  expect(reasons['the-hopeless']).toBe('it never will be done');
  expect(await live.getJobCounts('waiting', 'active', 'delayed', 'failed')).toEqual({
    waiting: 0,
    active: 0,
    delayed: 0,
    failed: 0,
  });
});

it('sets aside what was handed over without an id, also what the queue had numbered', async () => {
  consume(async () => {
    throw new HopelessJob('it never will be done');
  });
  await live.add('memory', { v: 1, what: 'numbered' });
  await producer.add([{ data: { v: 1, what: 'named by the producer' } }]);
  await soon(async () =>
    (await deadLetters()).map(({ data }) => (data as { what: string }).what).toSorted(),
  ).toEqual(['named by the producer', 'numbered']);
  expect((await deadLetters()).map(({ id }) => id)).toContain('job-1');
  expect(await live.getJobCounts('failed')).toEqual({ failed: 0 });
});

it('keeps no dead letter that nobody needs, or needs no more', async () => {
  const letter = { data: { v: 1, what: 'old' }, reason: 'it was long ago', attempts: 6 };
  for (const [id, failedAt] of Object.entries({ 'the-oldest': 1, 'the-recent': Date.now() }))
    await dead.add('dead', { ...letter, id, failedAt }, { jobId: id });
  const fail = async () => {
    throw new HopelessJob('it never will be done');
  };
  consume(fail, ({ id, failedAt }) => id !== 'the-unneeded' && failedAt > 1);
  await hand('unneeded', 'needed');
  await soon(async () => (await deadLetters()).map(({ id }) => id).toSorted()).toEqual([
    'the-needed',
    'the-recent',
  ]);
  expect(await live.getJobCounts('waiting', 'active', 'failed')).toEqual({
    ...{ waiting: 0, active: 0, failed: 0 },
  });
});

it('counts no attempt for what was asked to come later', async () => {
  const attempts: number[] = [];
  consume(async (_what, { attempt }) => {
    attempts.push(attempt);
    if (attempts.length < 4) throw new TryLater('not yet', 10);
  });
  await hand('early');
  await soon(() => attempts).toEqual([1, 1, 1, 1]);
  await soon(() => live.getJobCounts('delayed', 'active')).toEqual({ delayed: 0, active: 0 });
  expect(await deadLetters()).toEqual([]);
});

it('puts off what must be done for as long as it takes', async () => {
  let tries = 0;
  consume(async () => {
    // More often than an attempt may be put off, for each of those it has.
    if (++tries < 30) throw new TryForever('not yet', 10);
  });
  await hand('needed');
  await soon(() => tries).toBe(30);
  await soon(() => live.getJobCounts('delayed', 'active')).toEqual({ delayed: 0, active: 0 });
  expect(await deadLetters()).toEqual([]);
});

it('what must be done may wait as less than it was', async () => {
  const seen: string[] = [];
  consume(async (what) => {
    seen.push(what);
    if (what === 'all') throw new TryForever('not yet', 10, { v: 1, what: 'less' });
  });
  await hand('all');
  await soon(() => seen).toEqual(['all', 'less']);
});

it('goes on by itself when Redis was away', async () => {
  const done: string[] = [];
  consume(async (what) => void done.push(what));
  await hand('before');
  await soon(() => done).toEqual(['before']);
  redis.server.kill('SIGKILL');
  await redis.server.exited;
  await redis.server.start();
  await soon(() => hand('after').then(() => 'taken', String)).toBe('taken');
  await soon(() => done).toEqual(['before', 'after']);
});

it('ends in time though a job does not, and that job is done by another', async () => {
  const begun: string[] = [];
  const first = consume(async (what) => {
    begun.push(what);
    await new Promise(() => undefined);
  });
  await hand('endless');
  await soon(() => begun).toEqual(['endless']);
  const closed = first.close(50);
  await hand('later');
  await closed;
  expect(begun).toEqual(['endless']);
  const done: string[] = [];
  consume(async (what) => void done.push(what));
  await soon(() => done.toSorted()).toEqual(['endless', 'later']);
});

it('ends in time while Redis is away', async () => {
  const consumer = consume(async () => undefined);
  await hand('one');
  await soon(() => live.getJobCounts('waiting', 'active')).toEqual({ waiting: 0, active: 0 });
  redis.server.kill('SIGKILL');
  await redis.server.exited;
  await consumer.close(200);
  await redis.server.start();
});

it('what kills its recorder twice is set aside, and the rest is done', async () => {
  const said: string[] = [];
  let child: ChildProcess | undefined;
  // As a primary does: whatever dies is started again.
  const run = () => {
    child = spawn(
      process.execPath,
      [new URL('./test-consumer.ts', import.meta.url).pathname, redis.url, '1000'],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    child.stdout?.on('data', (text) => said.push(...String(text).trim().split('\n')));
    child.once('exit', (_code, signal) => signal === 'SIGKILL' && !isOver && run());
  };
  let isOver = false;
  onTestFinished(() => {
    isOver = true;
    child?.kill('SIGKILL');
  });
  await hand('poison', 'good');
  run();
  await soon(() => said).toContain('good');
  await soon(async () => (await deadLetters()).map(({ id }) => id)).toEqual(['the-poison']);
  expect((await deadLetters())[0]?.reason).toMatch(/stalled/);
  expect(said.filter((what) => what === 'poison').length).toBe(2);
});
