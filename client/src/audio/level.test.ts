import { expect, test } from 'vitest';
import { meterLevel } from './level.ts';

test.each([
  [0, 0],
  [0.001, 0],
  [0.0158, 0.5],
  [0.2512, 1],
  [1, 1],
])('an RMS of %d fills the meter to %d', (rms, level) => {
  expect(meterLevel(rms)).toBeCloseTo(level, 2);
});
