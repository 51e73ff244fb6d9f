/** A word, a number or a sign, and where it stands. */
export interface Token {
  readonly text: string;
  /** Lower case. */
  readonly low: string;
  readonly start: number;
  readonly end: number;
  readonly kind: 'word' | 'number' | 'sign';
  /** White space or nothing stands before it. */
  readonly isApart: boolean;
}

const pattern = /(\p{N}+)|([\p{L}\p{M}]+(?:['’][\p{L}\p{M}]+)*)|[^\s\p{L}\p{M}\p{N}\p{Cf}]/gu;

/** The tokens of a text, in one pass. What has no width (zero-width spaces, soft hyphens) only parts them. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let last = -1;
  for (const match of text.matchAll(pattern)) {
    const [said, number, word] = match;
    const start = match.index;
    const end = start + said.length;
    const kind = number !== undefined ? 'number' : word !== undefined ? 'word' : 'sign';
    tokens.push({ text: said, low: said.toLowerCase(), start, end, kind, isApart: start > last });
    last = end;
  }
  return tokens;
}
