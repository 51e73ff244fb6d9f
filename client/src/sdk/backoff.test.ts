import { expect, test } from 'vitest';
import { reconnectDelayMs } from './backoff.ts';

test.each([
  [0, 500],
  [1, 1_000],
  [3, 4_000],
  [5, 16_000],
  [6, 20_000],
  [2_000, 20_000],
])('attempt %d waits anything up to %d ms', (attempt, ceilingMs) => {
  expect(reconnectDelayMs(attempt, () => 0)).toBe(0);
  expect(reconnectDelayMs(attempt, () => 0.5)).toBe(ceilingMs / 2);
  expect(reconnectDelayMs(attempt, () => 0.999_999)).toBe(ceilingMs - 1);
});
