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
