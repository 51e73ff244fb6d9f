import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Renewal } from './renewal.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('a renewal waits until nobody seems to speak, and in a room that is never quiet for a minute', () => {
  let isNoisy = true;
  let renewals = 0;
  const renewal = new Renewal(10_000, {
    isQuiet: (isOverdue) => isOverdue || !isNoisy,
    renew: () => renewals++,
  });
  renewal.begin();
  vi.advanceTimersByTime(60_000);
  expect(renewals).toBe(0);
  vi.advanceTimersByTime(15_000);
  expect(renewals).toBe(1);
  isNoisy = false;
  renewal.begin();
  vi.advanceTimersByTime(10_000);
  expect(renewals).toBe(2);
});
