import { describe, expect, it } from 'vitest';
import { cutOf } from './cut-off.ts';

/** Ten words of 400 ms each. */
const answer = {
  before: '',
  text: 'aaaa bbbb cccc dddd eeee ffff gggg hhhh iiii jjjj',
  isWhole: true,
  soundMs: 4000,
  releasedMs: 1000,
  prefaceMs: 0,
  isPaused: false,
};

describe('an answer whose worker died', () => {
  it('goes on after the words that had left when it died, not when it was last written down', () => {
    const { cutOff, left, words } = cutOf(answer, 800, 20);
    expect(left).toBe('some');
    expect(words).toBe('aaaa bbbb cccc dddd');
    expect(cutOff).toEqual({ said: words, rest: 'eeee ffff gggg hhhh iiii jjjj', isRestWhole: true });
  });

  it('is not ahead of what was sent, however long ago it was written down', () => {
    expect(cutOf(answer, Number.POSITIVE_INFINITY, 2).words).toBe('aaaa bbbb cccc');
    expect(cutOf(answer, 0, 20).words).toBe('aaaa bbbb');
    expect(cutOf({ ...answer, isPaused: true }, 800, 20).words).toBe('aaaa bbbb');
  });

  it('goes back to what the caller has, when messages have not arrived', () => {
    expect(cutOf(answer, Number.POSITIVE_INFINITY, -5).words).toBe('aaaa');
  });

  it('is over when all of it had left, and not begun when none of it had', () => {
    expect(cutOf({ ...answer, releasedMs: 3900 }, 0, 0)).toMatchObject({ left: 'all', words: answer.text });
    expect(cutOf({ ...answer, releasedMs: 0 }, 0, 0)).toMatchObject({ left: 'none', words: '' });
  });

  it('is gone on with as the service likes when its last words were not known', () => {
    expect(cutOf({ ...answer, isWhole: false, releasedMs: 4000 }, 0, 0)).toMatchObject({
      left: 'some',
      cutOff: { said: answer.text, rest: '', isRestWhole: false },
    });
  });

  it('that was gone on with before is one answer with what came before, its bridge not counted', () => {
    const again = cutOf(
      { ...answer, before: 'once', releasedMs: 2000, soundMs: 5000, prefaceMs: 1000 },
      0,
      0,
    );
    expect(again.words).toBe('aaaa bbbb');
    expect(again.cutOff.said).toBe('once aaaa bbbb');
  });
});
