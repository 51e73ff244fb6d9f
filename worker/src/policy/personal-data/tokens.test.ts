import { expect, it } from 'vitest';
import { spokenLines } from '../../../evals/spoken-lines.ts';
import { GrowingTokens, tokensOf } from './tokens.ts';

const lines = [
  ...spokenLines(3, false, 2).map(({ text }) => text),
  "it's don't, isn’t it? 4111 1111-11 a@b.c +44 (0)20",
  'über 12½ kg\u00ad und\u200bzwei,  drei\tvier\nfünf 𝟙𝟚 𝔞𝔟 ',
];

it.each([1, 2, 7])('the tokens of a text that grows by %i characters are those of the whole', (step) => {
  for (const line of lines) {
    const growing = new GrowingTokens();
    for (let end = step; end <= line.length; end += step)
      expect(growing.of(line.slice(0, end))).toEqual(tokensOf(line.slice(0, end)));
  }
});

it('a text that does not go on from the one before is read anew', () => {
  const growing = new GrowingTokens();
  growing.of('one two three');
  expect(growing.of('one too many')).toEqual(tokensOf('one too many'));
  expect(growing.of('one')).toEqual(tokensOf('one'));
  expect(growing.of('')).toEqual([]);
});
