import { expect, it } from 'vitest';
import { CallLengths, waitMs } from './estimate.ts';

it.each([
  ['the next of many', 1, 60, 120_000, 2000],
  ['the tenth of many', 10, 60, 120_000, 20_000],
  ['the next of two', 1, 2, 60_000, 30_000],
  ['nobody has a place', 3, 0, 60_000, 180_000],
])('%s waits by how long calls last', (_who, position, sessions, meanMs, expected) => {
  expect(waitMs(position, sessions, meanMs)).toBe(expected);
});

it('calls that ended lately count for more', () => {
  const lengths = new CallLengths();
  expect(lengths.meanMs).toBe(120_000);
  lengths.ended(60_000);
  expect(lengths.meanMs).toBe(60_000);
  for (let i = 0; i < 50; i++) lengths.ended(10_000);
  expect(lengths.meanMs).toBeLessThan(11_000);
});
