import { expect, it } from 'vitest';
import { type MemorySample, memoryGrowth, memoryTable } from './memory-growth.ts';

const samples = (worker: (minute: number) => number): MemorySample[] =>
  Array.from({ length: 41 }, (_, minute) => ({ atMs: minute * 60_000, mib: { worker: worker(minute) } }));

it('what fills up at the beginning is no growth, what goes on is', () => {
  expect(memoryGrowth(samples((minute) => Math.min(100 + minute * 20, 200)))).toEqual([
    { role: 'worker', warm: 200, end: 200, noise: 0 },
  ]);
  const [leak] = memoryGrowth(samples((minute) => 100 + minute));
  expect(leak!.end - leak!.warm).toBeCloseTo(20, 0);
  expect(memoryTable([leak!])).toContain('| +20 |');
});

it('too short a time says nothing', () => {
  expect(memoryGrowth([])).toEqual([]);
  expect(memoryGrowth(samples(() => 1).slice(0, 4))).toEqual([]);
});
