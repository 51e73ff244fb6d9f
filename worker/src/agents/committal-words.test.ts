import { describe, expect, it } from 'vitest';
import { committalWord } from './committal-words.ts';

describe('an acknowledgement', () => {
  it.each([
    ['en', 'Mm-hmm.'],
    ['en-GB', 'Hm, let me think.'],
    ['en', 'I know what you mean.'],
    ['de', 'Mhm, einen Moment.'],
    ['fr', 'Voyons voir…'],
    ['pt-BR', 'Um momento.'],
    ['sv', 'Ett ögonblick.'],
  ])('%s “%s” commits to nothing', (language, line) => expect(committalWord(line, language)).toBeUndefined());

  it.each([
    ['en', 'Yes!', 'yes'],
    ['en-US', 'Sure, one moment.', 'sure'],
    ['en', 'Oh, of course.', 'of course'],
    ['en', 'I’ll check.', "i'll"],
    ['en', 'Let me see, no.', 'no'],
    ['de', 'Natürlich.', 'natürlich'],
    ['fr', 'D’accord.', "d'accord"],
    ['es', '¡Claro!', 'claro'],
    ['sv', 'Sure thing.', 'sure'],
  ])('%s “%s” says too much', (language, line, word) => expect(committalWord(line, language)).toBe(word));
});
