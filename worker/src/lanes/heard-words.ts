/**
 * The words of an answer that were heard, as far as its sound was: speech is even enough for the share of the
 * sound to be the share of the letters, rounded down to whole words.
 * @param totalMs the sound of the whole text
 */
export function heardWords(text: string, heardMs: number, totalMs: number): string {
  if (totalMs <= 0 || heardMs <= 0) return '';
  if (heardMs >= totalMs) return text;
  const end = Math.floor((text.length * heardMs) / totalMs);
  if (/\s/.test(text[end] ?? ' ')) return text.slice(0, end).trimEnd();
  return text.slice(0, text.slice(0, end).search(/\S*$/)).trimEnd();
}

/**
 * Where in a text a rewrite may begin: the clause that follows what is kept.
 * @param keptMs sound that is kept, of `totalMs` for the whole of `text`
 * @returns index of the first letter that must be said again
 */
export function clauseAfter(text: string, keptMs: number, totalMs: number): number {
  if (keptMs <= 0 || totalMs <= 0) return 0;
  const wanted = (text.length * keptMs) / totalMs;
  let best = 0;
  for (const { index } of text.matchAll(/(?<=[.!?;:,…])\s+/g)) {
    if (Math.abs(index - wanted) <= Math.abs(best - wanted)) best = index;
  }
  return best === 0 ? 0 : best + (text.slice(best).match(/^\s+/)?.[0].length ?? 0);
}
