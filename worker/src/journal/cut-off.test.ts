import { describe, expect, it } from 'vitest';
import { cutOf, soundSince } from './cut-off.ts';
import type { JournalEntry } from './journal-entry.ts';

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
    const { cutOff, left, leftMs, words } = cutOf(answer, 800);
    expect({ left, leftMs, words }).toEqual({ left: 'some', leftMs: 1800, words: 'aaaa bbbb cccc dddd' });
    expect(cutOff).toEqual({ said: words, rest: 'eeee ffff gggg hhhh iiii jjjj', isRestWhole: true });
  });

  it('goes back to what the caller has, when some did not arrive', () => {
    expect(cutOf(answer, -500).words).toBe('aaaa');
    expect(cutOf(answer, -5000)).toMatchObject({ words: '', leftMs: 0 });
  });

  it('that was paused has not gone on', () => {
    expect(cutOf({ ...answer, isPaused: true }, 800).words).toBe('aaaa bbbb');
  });

  it('is over only when all of it had left, and not begun when none of it had', () => {
    expect(cutOf({ ...answer, releasedMs: 4000 }, 0)).toMatchObject({ left: 'all', words: answer.text });
    expect(cutOf({ ...answer, releasedMs: 3000 }, 900).words).toBe(
      'aaaa bbbb cccc dddd eeee ffff gggg hhhh iiii',
    );
    expect(cutOf({ ...answer, releasedMs: 0 }, 0)).toMatchObject({ left: 'none', words: '' });
  });

  it('whose words are ahead of its sound goes back a little, rather than skip some', () => {
    // 2 s of sound have come, and the words of 2.8 s; had those been of 4 s, not even the fourth would have left whole.
    const cut = cutOf({ ...answer, isWhole: false, soundMs: 2000, text: answer.text.slice(0, 34) }, 800);
    expect(cut.words).toBe('aaaa bbbb cccc');
    expect(cut.cutOff).toMatchObject({ rest: 'dddd eeee ffff gggg', isRestWhole: false });
  });

  it('that was gone on with before is one answer with what came before, its bridge not counted', () => {
    const again = cutOf({ ...answer, before: 'once', releasedMs: 2000, soundMs: 5000, prefaceMs: 1000 }, 0);
    expect(again.words).toBe('aaaa bbbb');
    expect(again.cutOff.said).toBe('once aaaa bbbb');
  });
});

describe('how much of an answer left after its journal was written', () => {
  const entry = { connection: 'c', seq: 40, soundMs: 7000, speaker: { state: 'B_PLAYING' } } as JournalEntry;
  const known = { entry, cause: 'worker_lost' as const, lastFrame: 0, received: 0 };

  it.each([
    // Of ten messages since then four were sound.
    ['is what the gateway has passed on since', { connection: 'c', seq: 50, soundMs: 7400 }, 400],
    ['is less than nothing when not all arrived', { connection: 'c', seq: 38, soundMs: 6800 }, -200],
    ['is not guessed from messages', { connection: 'another', seq: 50, soundMs: undefined }, 0],
    ['is what is missing, when messages are', { connection: 'another', seq: 37, soundMs: undefined }, -600],
    ['is not known of a gateway that does not count', { connection: 'c', seq: 50, soundMs: undefined }, 0],
  ])('%s', (_, arrived, expected) => {
    expect(soundSince({ ...known, ...arrived })).toBe(expected);
  });

  it('is nothing while an acknowledgement may have been played', () => {
    const speaker = { ...entry.speaker, state: 'A_PLAYING' as const };
    expect(
      soundSince({ ...known, entry: { ...entry, speaker }, connection: 'c', seq: 50, soundMs: 9000 }),
    ).toBe(0);
  });
});
