import { describe, expect, it } from 'vitest';
import { capacityOf, isLagging, type Load, shareOf } from './capacity.ts';

const idle: Load = {
  isDraining: false,
  isEvidenceFull: false,
  calls: 0,
  maxCalls: 10,
  providerShare: Number.POSITIVE_INFINITY,
  isProviderPaused: false,
  isLagging: false,
};

describe('the places of a worker', () => {
  it.each<[string, Partial<Load>, number, number | undefined, string | undefined]>([
    ['are as many as it may have calls', {}, 10, 10, undefined],
    ['are fewer by its calls', { calls: 4 }, 10, 6, undefined],
    ['are none when it has all it may have', { calls: 10 }, 10, 0, 'sessions'],
    ['are less than none after takeovers', { calls: 12 }, 10, -2, 'sessions'],
    ['are no more than its share of the voice service', { calls: 2, providerShare: 3 }, 3, 1, undefined],
    ['are none when that is used up', { calls: 3, providerShare: 3 }, 3, 0, 'provider_sessions'],
    ['are none when there is no share', { providerShare: 0 }, 0, 0, 'provider_sessions'],
    [
      'are those of its calls while the service pauses',
      { calls: 4, isProviderPaused: true },
      4,
      0,
      'provider_limits',
    ],
    ['are those of its calls while it runs late', { calls: 4, isLagging: true }, 4, 0, 'loop_lag'],
    ['say what lasts longest', { calls: 10, isLagging: true, isProviderPaused: true }, 10, 0, 'sessions'],
    [
      'are no number when it leaves',
      { calls: 4, isDraining: true, isLagging: true },
      10,
      undefined,
      'draining',
    ],
    ['are no number when no evidence can be kept', { isEvidenceFull: true }, 10, undefined, 'evidence'],
  ])('%s', (_what, load, total, free, limitedBy) => {
    expect(capacityOf({ ...idle, ...load })).toEqual({ total, free, limitedBy });
  });
});

describe('an event loop with a limit of 200 ms', () => {
  it.each([
    [false, 0, false],
    [false, 150, false],
    [false, 200, false],
    [false, 201, true],
    [true, 150, true],
    [true, 101, true],
    [true, 100, false],
    [true, 0, false],
  ])('was too late: %s, and is %i ms late: too late: %s', (was, p95Ms, is) => {
    expect(isLagging(was, p95Ms, 200)).toBe(is);
  });

  it('is never too late where no limit is set', () => {
    expect(isLagging(true, 10_000, 0)).toBe(false);
  });
});

describe('the conversations a fleet may have with the voice service', () => {
  it.each([
    [10, 1, [10]],
    [10, 3, [4, 3, 3]],
    [2, 4, [1, 1, 0, 0]],
    [0, 2, [0, 0]],
  ])('are %i of %i workers, all of them shared out, and no more', (most, workers, shares) => {
    expect(shares.map((_, before) => shareOf(most, workers, before))).toEqual(shares);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBe(most);
  });
});
