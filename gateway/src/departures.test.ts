import { expect, it } from 'vitest';
import { departures } from './departures.ts';

it.each([
  { callers: 0, drainMs: 30_000, last: undefined, why: 'nobody is there' },
  { callers: 1, drainMs: 30_000, last: 0, why: 'one may go at once' },
  { callers: 101, drainMs: 30_000, last: 1000, why: 'a hundred a second' },
  { callers: 20_000, drainMs: 30_000, last: 19_999, why: 'all within two thirds of the drain' },
  { callers: 50, drainMs: 0, last: 0, why: 'there is no time' },
])('$callers callers within $drainMs ms: $why', ({ callers, drainMs, last }) => {
  const times = departures(callers, drainMs);
  expect(times).toHaveLength(callers);
  expect(times.at(-1)).toBe(last);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});
