import { describe, expect, it } from 'vitest';
import { clauseAfter, heardWords } from './heard-words.ts';

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

describe('a rewrite', () => {
  const text = 'We are open from nine. Your card is 4111. Goodbye.';
  it.each([
    [0, 0],
    [440, 23],
    [820, 42],
    [100, 0],
  ])('after %i of 1,000 ms begins at letter %i', (keptMs, at) => {
    expect(clauseAfter(text, keptMs, 1000)).toBe(at);
  });
});
