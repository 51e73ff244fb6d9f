import { describe, expect, it } from 'vitest';
import { Backchannel } from './backchannel.ts';

/** Frames of 100 ms, `x` loud and `.` quiet: what becomes known, in order, until it is meant. */
function known(frames: string): string {
  const backchannel = new Backchannel();
  const said: string[] = [];
  for (const frame of frames) {
    const now = backchannel.push(100, frame === 'x');
    if (now !== undefined) said.push(now);
    if (now === 'meant') break;
  }
  return said.join(' ');
}

describe('speech over an answer', () => {
  it.each([
    ['xxxx', ''],
    ['xxxxx', 'meant'],
    ['xx...', 'over'],
    ['xx.xx', 'meant'],
    ['x..', ''],
    ['...', 'over'],
    ['xx....', 'over'],
    ['xx...xx...', 'over over'],
    ['xx...xxxxx', 'over meant'],
  ])('%s is «%s»', (frames, said) => {
    expect(known(frames)).toBe(said);
  });
});
