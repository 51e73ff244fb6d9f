import { expect, it } from 'vitest';
import { AnswerText } from './answer-text.ts';

it('the words of an answer are those of its parts, shown after what was heard on another worker', () => {
  const text = new AnswerText('We are open');
  text.hear('from nine.');
  text.endPart();
  expect(text.all).toBe('from nine.');
  text.hear('Come');
  text.hear('Come in.');
  expect(text.all).toBe('from nine. Come in.');
  expect(text.shown()).toBe('We are open from nine. Come in.');
  expect(text.shown('from')).toBe('We are open from');
});

it('of the words that were judged those of the parts before are none of the current one', () => {
  const text = new AnswerText();
  text.hear('from nine.');
  text.endPart();
  text.hear('Come in.');
  expect(text.lengthInPart('from nine. Come'.length)).toBe('Come'.length);
  expect(text.lengthInPart('from'.length)).toBe(0);
});

it('corrected words take the place of all parts', () => {
  const text = new AnswerText();
  text.hear('Your card is');
  text.endPart();
  text.hear('4111.');
  text.replace('Your card is safe.');
  expect(text.all).toBe('Your card is safe.');
  text.endPart();
  text.hear('Bye.');
  expect(text.all).toBe('Your card is safe. Bye.');
});
