/** Where a sentence may end: its sign, perhaps a quotation mark, and white space. */
const end = /[.!?…]+["'”’)\]]*(?=\s|$)|\n+/gu;
/** Not the end: titles and such, and a letter of a name. */
const abbreviation =
  /(?:\b(?:mr|mrs|ms|dr|st|no|nr|vs|approx|incl|e\.g|i\.e|etc|p\.m|a\.m)|(?<![\p{L}\p{N}])\p{L})\.$/iu;

/** A sentence of a text, without the white space around it. */
export interface Sentence {
  readonly text: string;
  readonly start: number;
  /** After its sign. */
  readonly end: number;
  /** Its end has come; further words make a sentence of their own. */
  readonly isWhole: boolean;
}

/** The sentences of a text; the last one may still grow. */
export function sentencesOf(text: string): Sentence[] {
  const sentences: Sentence[] = [];
  let from = 0;
  const add = (until: number, isWhole: boolean) => {
    const piece = text.slice(from, until);
    const trimmed = piece.trim();
    if (/[\p{L}\p{N}]/u.test(trimmed)) {
      const start = from + piece.indexOf(trimmed);
      sentences.push({ text: trimmed, start, end: start + trimmed.length, isWhole });
    }
    from = until;
  };
  for (const match of text.matchAll(end)) {
    const until = match.index + match[0].length;
    const rest = text.slice(until).trimStart();
    const isAbbreviation = match[0] === '.' && abbreviation.test(text.slice(Math.max(0, until - 12), until));
    // "6 p.m. The bar …" does end there.
    if (
      isAbbreviation &&
      !(/[ap]\.m\.$/i.test(text.slice(Math.max(0, until - 4), until)) && /^(?:\p{Lu}|$)/u.test(rest))
    )
      continue;
    add(until, true);
  }
  add(text.length, false);
  return sentences;
}
