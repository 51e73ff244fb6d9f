import { expect, test } from 'vitest';
import { SampleRing } from './sample-ring.ts';

function drain(ring: SampleRing): number[] {
  const samples: number[] = [];
  while (ring.length > 0) samples.push(ring.shift());
  return samples;
}

test('samples come out in the order they went in, around the end of the ring', () => {
  const ring = new SampleRing(4);
  ring.push(Int16Array.of(1, 2, 3));
  expect([ring.shift(), ring.shift()]).toEqual([1, 2]);
  ring.push(Int16Array.of(4, 5, 6));
  expect(drain(ring)).toEqual([3, 4, 5, 6]);
});

test('a full ring grows and loses nothing', () => {
  const ring = new SampleRing(4);
  ring.push(Int16Array.of(1, 2, 3));
  ring.shift();
  ring.push(Int16Array.of(4, 5));
  ring.push(Int16Array.from({ length: 20 }, (_, at) => 6 + at));
  expect(drain(ring)).toEqual(Array.from({ length: 24 }, (_, at) => 2 + at));
});

test('an empty ring gives silence', () => {
  expect(new SampleRing(4).shift()).toBe(0);
});

test('a cut keeps a short fade to silence', () => {
  const ring = new SampleRing(8);
  ring.push(new Int16Array(8).fill(1_000));
  ring.cutWithFade(4);
  expect(drain(ring)).toEqual([750, 500, 250, 0]);
});
