import { findPersonalData, replacements } from './find-personal-data.ts';
import { isNumberWord, pauseSigns, pauseWords } from './number-words.ts';
import { type PersonalKind, type PersonalSpan, personalKinds } from './personal-span.ts';
import { GrowingTokens, type Token } from './tokens.ts';

export interface MaskedSoFar {
  /** What may be shown: the text up to `certainUntil`, its personal data replaced. */
  readonly text: string;
  /** Offset in the unmasked text from which a number or an e-mail address may be going on. */
  readonly certainUntil: number;
  /** What was replaced. */
  readonly kinds: ReadonlySet<PersonalKind>;
}

/** Longer than this is settled, but for the part at its end. */
const longestOpen = 320;
/** How much of a text that is long is looked at again with each word, and what is read before it for context. */
const keptOpen = 200;
const context = 120;

/**
 * A text that grows, masked: what is shown of it never has to be taken back because a card number went on.
 * @param kinds what is masked
 */
export function maskedSoFar(text: string, kinds: readonly PersonalKind[] = personalKinds): MaskedSoFar {
  return new RunningMask(kinds).soFar(text);
}

/** The same for text that comes piece by piece: the time per piece does not grow with the text. */
export class RunningMask {
  readonly #kinds: ReadonlySet<PersonalKind>;
  readonly #isPublic: (data: string) => boolean;
  readonly #growing = new GrowingTokens();
  #found = new Set<PersonalKind>();
  #settled = '';
  #settledMasked = '';
  #certainUntil = 0;

  /** @param isPublic what may be shown although it is of such a kind */
  constructor(
    kinds: Iterable<PersonalKind> = personalKinds,
    isPublic: (data: string) => boolean = () => false,
  ) {
    this.#kinds = new Set(kinds);
    this.#isPublic = isPublic;
  }

  /** @param text all of it so far; if it does not go on from the text before, it is a new one */
  soFar(text: string): MaskedSoFar {
    if (!text.startsWith(this.#settled)) {
      this.#settled = '';
      this.#settledMasked = '';
      this.#found = new Set();
    }
    const settled = this.#settled.length;
    const from = settled === 0 ? 0 : text.indexOf(' ', Math.max(0, settled - context)) + 1;
    const window = from === 0 ? text : text.slice(from);
    const tokens = this.#growing.of(window);
    const spans = findPersonalData(window, this.#kinds.has('PERSON'), tokens)
      .map(({ start, end, kind }) => ({ start: start + from, end: end + from, kind }))
      .filter(
        ({ start, end, kind }) =>
          start >= settled && this.#kinds.has(kind) && !this.#isPublic(text.slice(start, end)),
      );
    let certainUntil = Math.max(settled, uncertainFrom(window, tokens) + from);
    for (const { start, end } of spans) if (start < certainUntil && end > certainUntil) certainUntil = start;
    this.#certainUntil = certainUntil;
    const kinds = new Set(this.#found);
    for (const { end, kind } of spans) if (end <= certainUntil) kinds.add(kind);
    const shown = this.#settledMasked + maskedBetween(text, spans, settled, certainUntil);
    if (certainUntil - settled > longestOpen) this.#settle(text, spans);
    return { text: shown, certainUntil, kinds };
  }

  #settle(text: string, spans: readonly PersonalSpan[]): void {
    const settled = this.#settled.length;
    let until = text.lastIndexOf(' ', this.#certainUntil - keptOpen) + 1;
    for (const { start, end } of spans) if (start < until && end > until) until = start;
    if (until <= settled) return;
    for (const { end, kind } of spans) if (end <= until) this.#found.add(kind);
    this.#settledMasked += maskedBetween(text, spans, settled, until);
    this.#settled = text.slice(0, until);
  }
}

function maskedBetween(text: string, spans: readonly PersonalSpan[], from: number, until: number): string {
  let safe = '';
  let at = from;
  for (const { start, end, kind } of spans) {
    if (start < from || end > until) continue;
    safe += text.slice(at, start) + replacements[kind];
    at = end;
  }
  return safe + text.slice(at, until);
}

/** So many words may follow a number until it is clear that it belongs to none of them ("5049 harjukuja 54"). */
const wordsAfter = 6;
const tailTokens = 64;

/** Where what is unfinished begins: digits, spelled letters and addresses that may go on. */
function uncertainFrom(text: string, tokens: readonly Token[]): number {
  // What is in the middle of a word or a number is not known yet.
  let first = tokens.length;
  let words = 0;
  let pauses = 0;
  let after = 0;
  let digits = 0;
  for (let at = tokens.length - 1; at >= Math.max(0, tokens.length - tailTokens); at -= 1) {
    const token = tokens[at];
    if (token === undefined) break;
    if (isCore(token, tokens[at + 1], tokens[at - 1])) {
      if (first === tokens.length) after = words;
      digits += token.kind === 'number' ? token.text.length : 1;
      first = at;
      words = 0;
      pauses = 0;
    } else if (pauseWords.has(token.low) || pauseSigns.has(token.text) || /^[+@_#]$/.test(token.text)) {
      pauses += 1;
      if (pauses > 6) break;
    } else {
      words += 1;
      if (words > wordsAfter) break;
    }
  }
  const start = tokens[first];
  if (start === undefined) return text.length;
  // Two dogs are no address, and after a long number no street comes.
  if ((after >= 1 && digits <= 2) || (after >= 3 && digits >= 7)) return text.length;
  // "john4" of "john42@…", "+" of "+44".
  let from = first;
  while (from > 0 && (!tokens[from]?.isApart || /^(?:[+(#]|plus)$/.test(tokens[from - 1]?.low ?? '')))
    from -= 1;
  return tokens[from]?.start ?? start.start;
}

function isCore(token: Token, next: Token | undefined, before: Token | undefined): boolean {
  if (token.kind === 'number' || isNumberWord(token.low)) return true;
  if (token.kind === 'word' && token.text.length === 1 && !/^[ai]$/i.test(token.text)) return true;
  if (token.text === '@' || token.low === 'underscore') return true;
  return token.kind === 'word' && /^(?:dot|underscore|@)$/.test(next?.low ?? before?.low ?? '');
}
