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
  readInto(tokens, text, 0);
  return tokens;
}

/** The tokens of a text that grows: only what follows its last blank is read again. */
export class GrowingTokens {
  readonly #tokens: Token[] = [];
  #text = '';

  /** @returns those of all of it; of use until it is asked again */
  of(text: string): readonly Token[] {
    // No token holds a blank, and none before one depends on what comes after it.
    const known = text.startsWith(this.#text) ? this.#text.lastIndexOf(' ') + 1 : 0;
    let count = known === 0 ? 0 : this.#tokens.length;
    while (count > 0 && this.#tokens[count - 1]!.end > known) count -= 1;
    this.#tokens.length = count;
    readInto(this.#tokens, text, known);
    this.#text = text;
    return this.#tokens;
  }
}

function readInto(tokens: Token[], text: string, from: number): void {
  let last = tokens.at(-1)?.end ?? -1;
  pattern.lastIndex = from;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const [said, number, word] = match;
    const start = match.index;
    const end = start + said.length;
    const kind = number !== undefined ? 'number' : word !== undefined ? 'word' : 'sign';
    tokens.push({ text: said, low: said.toLowerCase(), start, end, kind, isApart: start > last });
    last = end;
  }
}
