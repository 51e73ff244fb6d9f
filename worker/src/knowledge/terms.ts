import { type Stem, stemmer } from './stem.ts';
import { stopWords } from './stop-words.ts';

/** Turns text into the terms it is found by. */
export type ReadTerms = (text: string) => string[];

/** Written without spaces between words. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Khmer}\p{Script=Lao}]/u;
const word = /[\p{L}\p{N}\p{M}]+/gu;
/** `don't` → `dont`, `guest's` → `guest`; what recognisers write for one apostrophe differs. */
const apostrophe = /['’ʼ`´]/gu;
const marks = /\p{M}+/gu;
/** `s d k`, `S.D.K.`: what a recogniser makes of spoken letters. */
const spelled = /(?<![\p{L}\p{N}])\p{L}(?:[\s.]+\p{L}(?![\p{L}\p{N}]))+/gu;

/**
 * Terms of a language: words in lower case without marks, stemmed, stop words left out; in scripts without spaces,
 * pairs of characters.
 * @param language BCP 47
 */
export function termReader(language: string): ReadTerms {
  const isStopWord = plainSet(stopWords(language));
  const stem = stemmer(language);
  return (text) => {
    const terms: string[] = [];
    for (const [token] of plain(text).matchAll(word)) {
      if (isStopWord.has(token)) continue;
      if (unspaced.test(token)) addPairs(token, terms, stem);
      else terms.push(stem(token));
    }
    return terms;
  };
}

/** Lower case, compatibility forms resolved (`ﬁ`, full width), accents gone: recognisers leave them out. */
function plain(text: string): string {
  const lower = text
    .toLowerCase()
    .replace(/(\p{L})['’ʼ`´]s\b/gu, '$1')
    .replace(apostrophe, '')
    .replace(spelled, (letters) => letters.replace(/[\s.]+/g, ''));
  // Nearly all text is ASCII, and normalising it costs more than everything else here.
  return isAscii(lower) ? lower : lower.replaceAll('ß', 'ss').normalize('NFKD').replace(marks, '');
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}

function plainSet(words: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...words].map(plain));
}

/** Also parts a token that mixes both kinds, as `Redis的`. */
function addPairs(token: string, terms: string[], stem: Stem): void {
  const characters = [...token];
  let latin = '';
  for (let i = 0; i <= characters.length; i++) {
    const character = characters[i];
    if (character !== undefined && !unspaced.test(character)) {
      latin += character;
      continue;
    }
    if (latin !== '') terms.push(stem(latin));
    latin = '';
    if (character === undefined) break;
    const next = characters[i + 1];
    const isLast = next === undefined || !unspaced.test(next);
    if (!isLast) terms.push(character + next);
    else if (i === 0 || !unspaced.test(characters[i - 1]!)) terms.push(character);
  }
}
