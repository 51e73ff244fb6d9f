import { afterEach, expect, it, vi } from 'vitest';
import { DurationLimit } from './duration-limit.ts';

afterEach(() => vi.useRealTimers());

/** What happens to a call that may last a minute and is followed for `forMs`, when it has lasted `lastedMs` already. */
function endOf(lastedMs: number, forMs: number, { longestMs = 60_000, isSaid = true } = {}): string[] {
  vi.useFakeTimers();
  const done: string[] = [];
  const limit = new DurationLimit(longestMs, {
    sayGoodbye: (onSaid) => {
      done.push('goodbye');
      if (isSaid) setTimeout(onSaid, 1000);
    },
    end: () => {
      done.push('end');
      limit.stop();
    },
  });
  limit.begin(Date.now() - lastedMs);
  vi.advanceTimersByTime(forMs);
  return done;
}

it.each([
  ['has time left', 0, 59_000, {}, []],
  ['is over', 0, 62_000, {}, ['goodbye', 'end']],
  ['is taken over in its last second', 59_000, 2500, {}, ['goodbye', 'end']],
  ['is taken over too late', 90_000, 1500, {}, ['goodbye', 'end']],
  ['cannot say goodbye', 60_000, 16_000, { isSaid: false }, ['goodbye', 'end']],
  ['may last for ever', 0, 86_400_000, { longestMs: 0 }, []],
])('a call that %s', (_, lastedMs, forMs, how, expected) => {
  expect(endOf(lastedMs, forMs, how)).toEqual(expected);
});
