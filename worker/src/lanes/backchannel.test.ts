import { describe, expect, it } from 'vitest';
import { Backchannel } from './backchannel.ts';

/** Frames of 100 ms, `x` loud and `.` quiet: what is known after the last one. */
function after(frames: string) {
  const backchannel = new Backchannel();
  let known: ReturnType<Backchannel['push']>;
  for (const frame of frames) known ??= backchannel.push(100, frame === 'x');
  return known;
}

describe('speech over an answer', () => {
  it.each([
    ['xxxx', undefined],
    ['xxxxx', 'meant'],
    ['xx...', 'over'],
    ['xx.xx', 'meant'],
    ['x..', undefined],
    ['...', 'over'],
    ['xx...xxxxxxx', 'over'],
  ])('%s is %s', (frames, known) => {
    expect(after(frames)).toBe(known);
  });
});
