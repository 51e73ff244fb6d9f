import { expect, it } from 'vitest';
import { type MemorySample, memoryGrowth, memoryReport } from './memory-growth.ts';

const samples = (worker: (minute: number) => number): MemorySample[] =>
  Array.from({ length: 41 }, (_, minute) => ({ atMs: minute * 60_000, mib: { worker: worker(minute) } }));

it('what fills up at the beginning is no growth, what goes on is', () => {
  expect(memoryGrowth(samples((minute) => Math.min(100 + minute * 20, 200)))).toEqual([
    { role: 'worker', warm: 200, end: 200, noise: 0 },
  ]);
  const [leak] = memoryGrowth(samples((minute) => 100 + minute));
  expect(leak!.end - leak!.warm).toBeCloseTo(20, 0);
});

it('growth beyond what comes and goes is told in a sentence, and beside it a table', () => {
  const leak = memoryReport(samples((minute) => 100 + minute));
  expect(leak).toContain('The memory of worker grew by 20 MiB, more than the 10 it comes and goes by');
  expect(leak).toContain('| +20 |');
  const sawtooth = memoryReport(samples((minute) => 100 + (minute % 6) * 10 + minute / 2));
  expect(sawtooth).toContain('No memory grew by more than it comes and goes by');
});

it('what is not known of growth is said, and why', () => {
  expect(memoryReport([], 'HTTP 403')).toBe(
    'Whether memory grows is not known: /status could not be read (HTTP 403).',
  );
  expect(memoryReport(samples(() => 1).slice(0, 4))).toBe(
    'Whether memory grows is not known: this was too short to say.',
  );
});

it('what is not known of the end is said beside what is known', () => {
  const told = memoryReport(
    samples((minute) => 100 + minute),
    'HTTP 403',
  );
  expect(told).toContain('The memory of worker grew by 20 MiB');
  expect(told).toContain('only of the time until /status could not be read any more (HTTP 403)');
});

it('too short a time says nothing', () => {
  expect(memoryGrowth([])).toEqual([]);
  expect(memoryGrowth(samples(() => 1).slice(0, 4))).toEqual([]);
});
