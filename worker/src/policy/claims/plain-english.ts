import { phrases } from './concepts.ts';

/** Lower case, contractions written out, phrases of one meaning as one word. */
export function plainEnglish(text: string): string {
  let plain = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[’ʼ`´]/g, "'")
    .replace(/\bcan't\b|\bcannot\b/g, 'can not')
    .replace(/\bwon't\b/g, 'will not')
    .replace(/n't\b/g, ' not')
    .replace(/\b([ap])\.m\.?(?=\s|$)/g, '$1m')
    .replace(/(\d)(am|pm|ms|km|kg|gb|mb|k)\b/g, '$1 $2')
    .replace(/\b(sub|under|over)-(?=\d)/g, '$1 ')
    .replace(/\b(twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)-/g, '$1 ')
    .replace(/(\p{L})'(?:s|re|ve|ll|d|m)\b/gu, '$1')
    .replace(/s'(?=\s)/g, 's');
  for (const [pattern, word] of phrases) plain = plain.replace(pattern, word);
  return plain;
}
