import { createLog } from '@vjj/shared/log.ts';
import { expect, it, onTestFinished } from 'vitest';
import { Embedder } from './embedder.ts';
import { encoderDimensions } from './sentence-encoder.ts';

const patienceMs = 30_000;

function embedder(): Embedder {
  const made = new Embedder(createLog('test', 'silent'));
  onTestFinished(() => made.close());
  return made;
}

const likeness = (one: Float32Array, other: Float32Array) =>
  one.reduce((sum, value, index) => sum + value * other[index]!, 0);

it('gives vectors of length 1 that are more alike the more the texts mean the same', async () => {
  const [pets, dogs, wifi] = await embedder().embedAll([
    'Are pets allowed?',
    'May I bring my dog?',
    'What is the wifi password?',
  ]);
  expect(pets).toHaveLength(encoderDimensions);
  expect(likeness(pets!, pets!)).toBeCloseTo(1, 4);
  expect(likeness(pets!, dogs!)).toBeGreaterThan(likeness(pets!, wifi!) + 0.1);
});

it('a call that cannot wait gets nothing; one that asks again gets it', async () => {
  const made = embedder();
  expect(await made.embed(['parking'], { deadlineMs: 0 })).toBeUndefined();
  expect(await made.embed(['parking'], { deadlineMs: patienceMs })).toHaveLength(1);
  // Known by now.
  expect(await made.embed(['parking'], { deadlineMs: 1000 })).toHaveLength(1);
});

it('a call goes before those who can wait', async () => {
  const made = embedder();
  let waited = 0;
  const crowd = Array.from({ length: 40 }, (_, index) =>
    made.embedAll([`text number ${index}`]).then(() => ++waited),
  );
  await made.embed(['a call'], { deadlineMs: patienceMs });
  expect(waited).toBeLessThan(20);
  await Promise.all(crowd);
});

it('who waits learns that it was closed', async () => {
  const made = embedder();
  const waiting = made.embedAll(['text']);
  made.close();
  await expect(waiting).rejects.toThrow('closed');
  expect(await made.embed(['text'], { deadlineMs: 100 })).toBeUndefined();
});
