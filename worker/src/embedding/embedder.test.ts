import { execFile } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Worker } from 'node:worker_threads';
import { createLog } from '@vjj/shared/log.ts';
import { registry } from '@vjj/shared/metrics.ts';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Embedder } from './embedder.ts';
import { EmbeddingThread } from './embedding-thread.ts';
import { encoderDimensions } from './sentence-encoder.ts';

const patienceMs = 30_000;

function embedder(): Embedder {
  const made = new Embedder(new EmbeddingThread(createLog('test', 'silent')));
  onTestFinished(() => made.close());
  return made;
}

/** The next thread this process starts. */
function nextThread(): Promise<Worker> {
  const { promise, resolve } = Promise.withResolvers<Worker>();
  const listen = (message: unknown) => resolve((message as { worker: Worker }).worker);
  subscribe('worker_threads', listen);
  onTestFinished(() => void unsubscribe('worker_threads', listen));
  return promise;
}

const likeness = (one: Float32Array, other: Float32Array) =>
  one.reduce((sum, value, index) => sum + value * other[index]!, 0);

const lengthOf = (vector: Float32Array) => Math.hypot(...vector);

async function failures(reason: string): Promise<number> {
  const metric = await registry.getSingleMetric('vjj_embedding_failures_total')!.get();
  return metric.values.find(({ labels }) => labels.reason === reason)?.value ?? 0;
}

it('gives vectors of length 1 that are more alike the more the texts mean the same', async () => {
  const [pets, dogs, wifi] = await embedder().embedAll([
    'Are pets allowed?',
    'May I bring my dog?',
    'What is the wifi password?',
  ]);
  expect(pets).toHaveLength(encoderDimensions);
  expect(lengthOf(pets!)).toBeCloseTo(1, 4);
  expect(likeness(pets!, dogs!)).toBeGreaterThan(likeness(pets!, wifi!) + 0.1);
});

it('a call that cannot wait gets nothing, which is counted; one that asks again gets it', async () => {
  const made = embedder();
  const before = await failures('late');
  expect(await made.embed(['parking'], { deadlineMs: 0 })).toBeUndefined();
  expect(await failures('late')).toBe(before + 1);
  expect(await made.embed(['parking'], { deadlineMs: patienceMs })).toHaveLength(1);
});

it('what a call asked for is known from then on, even when the thread is gone', async () => {
  const starting = nextThread();
  const made = embedder();
  const first = await made.embed(['parking'], { deadlineMs: patienceMs });
  await (await starting).terminate();
  const again = await made.embed(['parking'], { deadlineMs: 1000 });
  expect(again![0]).toBe(first![0]);
  expect(await made.embed(['something else'], { deadlineMs: 1000 })).toBeUndefined();
});

it('a call goes before those who can wait', async () => {
  const made = embedder();
  let waited = 0;
  const crowd = made.embedAll(
    Array.from({ length: 40 }, (_, index) => `text number ${index}`),
    (done) => {
      waited = done;
    },
  );
  await made.embed(['a call'], { deadlineMs: patienceMs });
  expect(waited).toBeLessThan(20);
  await crowd;
  expect(waited).toBe(40);
});

it.each([
  ['nothing', ''],
  ['white space', ' \n\t '],
  ['half a letter and control characters', '\u0000\ud800\u202e'],
  ['signs of the vocabulary', '<unk> <s> </s> ▁'],
  ['200 KB', 'the rooms are quiet '.repeat(10_000)],
  ['200 KB without a space', 'a'.repeat(200_000)],
])('%s has a vector too, and harms no other', async (_name, text) => {
  const made = embedder();
  const vectors = await made.embed([text, 'The rooms are quiet.'], { deadlineMs: patienceMs });
  for (const vector of vectors!) expect(lengthOf(vector)).toBeCloseTo(1, 4);
});

it('a burst that no deadline survives is turned away, and what can wait is not', async () => {
  const made = embedder();
  const burst = Array.from({ length: 2000 }, (_, index) => `text number ${index}`);
  const patient = made.embedAll(['one that waits']);
  expect(await made.embed(burst, { deadlineMs: 50 })).toBeUndefined();
  expect(await patient).toHaveLength(1);
});

describe('a thread that dies at work', () => {
  it('fails those who wait, keeps the deadline of calls, and comes back', async () => {
    const starting = nextThread();
    const made = embedder();
    const thread = await Promise.all([starting, made.embedAll(['first'])]).then(([started]) => started);
    const waiting = made.embedAll(Array.from({ length: 100 }, (_, index) => `text number ${index}`));
    const call = made.embed(['a call'], { deadlineMs: patienceMs });
    await thread.terminate();
    await expect(waiting).rejects.toThrow('died');
    // It may have been answered before the end; it does not wait for its deadline in any case.
    await call;
    const next = nextThread();
    await vi.waitFor(
      async () => expect(await made.embed(['back again'], { deadlineMs: patienceMs })).toHaveLength(1),
      { timeout: patienceMs, interval: 100 },
    );
    expect((await next).threadId).not.toBe(thread.threadId);
  });

  it('in the primary fails the children that wait, and there is one thread at a time for all', async () => {
    const program = fileURLToPath(new URL('./test-cluster.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [program], { timeout: patienceMs });
    const lines = stdout.trim().split('\n');
    expect(lines.filter((line) => line === `true ${encoderDimensions}`)).toHaveLength(2);
    expect(lines).toContain('the thread that makes embeddings died');
    expect(lines).toContain('after: 1');
    expect(lines.at(-1)).toBe('threads: 2');
  }, 40_000);
});

it('who waits learns that it was closed', async () => {
  const made = embedder();
  const waiting = made.embedAll(['text']);
  made.close();
  await expect(waiting).rejects.toThrow('closed');
  expect(await made.embed(['text'], { deadlineMs: 100 })).toBeUndefined();
});
