import { expect, it } from 'vitest';
import { KeptFrames } from './kept-frames.ts';

const frame = (number: number, bytes = 100, atMs = number) => ({
  number,
  payload: Buffer.alloc(bytes),
  isBinary: false,
  atMs,
});
const numbers = (kept: KeptFrames) => kept.all().map(({ number }) => number);

it('keeps what comes after the watermark, in order', () => {
  const kept = new KeptFrames();
  for (let number = 1; number <= 1000; number++) {
    kept.push(frame(number));
    if (number % 10 === 0) kept.acknowledged(number - 5);
  }
  expect(numbers(kept)).toEqual([996, 997, 998, 999, 1000]);
  expect(kept.lost).toBe(0);
  kept.acknowledged(2000);
  expect(numbers(kept)).toEqual([]);
});

it('is bounded in time and bytes, and says what is missing then', () => {
  const kept = new KeptFrames();
  kept.push(frame(1, 100, 0));
  kept.push(frame(2, 100, 59_000));
  kept.push(frame(3, 100, 61_000));
  expect(numbers(kept)).toEqual([2, 3]);
  expect(kept.lost).toBe(1);
  for (let number = 4; number < 200; number++) kept.push(frame(number, 64 * 1024, 61_000));
  expect(kept.bytes).toBeLessThanOrEqual(4 * 1024 * 1024);
  expect(numbers(kept).at(-1)).toBe(199);
});
