import { readFileSync } from 'node:fs';
import { brands, places } from './known-places.ts';
import type { Token } from './tokens.ts';

/** What a word may be, as bits; `names/README.md` says where they come from. */
export const wordBits = {
  given: 1,
  family: 2,
  dictionary: 4,
  language: 8,
  place: 16,
  frequent: 32,
  brand: 64,
};

const known = new Map<string, number>();
for (const line of readFileSync(new URL('./names/names.txt', import.meta.url), 'utf8').split('\n')) {
  const gap = line.indexOf(' ');
  if (gap > 0) known.set(line.slice(0, gap), Number(line.slice(gap + 1)));
}
for (const place of places) known.set(place, (known.get(place) ?? 0) | wordBits.place);
for (const brand of brands) known.set(brand, (known.get(brand) ?? 0) | wordBits.brand);

/** What is known of a word; a possessive is that of its owner. */
export function bitsOf(token: Token | undefined): number {
  if (token?.kind !== 'word') return 0;
  const word = ownerOf(token.low);
  return known.get(word) ?? (word.includes("'") ? (known.get(word.replaceAll("'", '')) ?? 0) : 0);
}

function ownerOf(word: string): string {
  const plain = word.includes('’') ? word.replaceAll('’', "'") : word;
  return plain.endsWith("'s") ? plain.slice(0, -2) : plain;
}
