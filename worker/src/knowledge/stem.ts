import { primaryLanguage } from './stop-words.ts';

export type Stem = (word: string) => string;

/** Endings that are cut, longest first; at least `keep` letters stay. */
const endings: Readonly<Record<string, { keep: number; list: readonly string[] }>> = {
  de: { keep: 4, list: ['ern', 'em', 'en', 'er', 'es', 'e', 'n', 's'] },
  nl: { keep: 4, list: ['en', 's', 'e'] },
  fr: { keep: 4, list: ['ees', 'es', 'ee', 'er', 'ez', 'e', 's', 'x'] },
  es: { keep: 4, list: ['es', 'os', 'as', 'o', 'a', 'e', 's'] },
  it: { keep: 4, list: ['o', 'a', 'i', 'e'] },
  pt: { keep: 4, list: ['oes', 'es', 'os', 'as', 'o', 'a', 'e', 's'] },
};

/**
 * A light stemmer: it makes one word of plural and singular, and in English of the forms of a verb. What it makes need
 * not be a word; question and fact only have to meet.
 * @param language BCP 47; words of a language it does not know stay as they are
 */
export function stemmer(language: string): Stem {
  const primary = primaryLanguage(language);
  if (primary === 'en') return english;
  const rule = endings[primary];
  if (rule === undefined) return (word) => word;
  return (word) => {
    for (const ending of rule.list) {
      if (word.length - ending.length >= rule.keep && word.endsWith(ending))
        return word.slice(0, -ending.length);
    }
    return word;
  };
}

function english(word: string): string {
  if (word.length < 4 || /\d/.test(word)) return word;
  let stem = word;
  if (stem.endsWith('ies')) stem = `${stem.slice(0, -3)}y`;
  else if (/(ss|us|is)$/.test(stem)) return stem;
  else if (stem.endsWith('s')) stem = stem.slice(0, -1);

  for (const ending of ['ing', 'ed']) {
    const rest = stem.slice(0, -ending.length);
    if (!stem.endsWith(ending) || rest.length < 3 || !/[aeiouy]/.test(rest)) continue;
    // stopping → stop, but calling → call
    stem = /([^aeiouylsz])\1$/.test(rest) ? rest.slice(0, -1) : rest;
    break;
  }
  // arrive, arriving and arrives must meet
  if (stem.length > 3 && stem.endsWith('e')) stem = stem.slice(0, -1);
  return stem.length > 3 && stem.endsWith('y') ? `${stem.slice(0, -1)}i` : stem;
}
