import { describe, expect, it } from 'vitest';
import { heardWords } from './heard-words.ts';

describe('the words that were heard', () => {
  const text = 'one two three four';
  it.each([
    [0, ''],
    [1, ''],
    [500, 'one two'],
    [450, 'one two'],
    [1000, text],
    [5000, text],
  ])('after %i of 1,000 ms are «%s»', (heardMs, words) => {
    expect(heardWords(text, heardMs, 1000)).toBe(words);
  });

  it('are none of an answer without sound', () => {
    expect(heardWords(text, 100, 0)).toBe('');
  });
});
