import { isIban } from './find-internet.ts';
import { digitWords, pauseWords, repeatWords, tenWords } from './number-words.ts';
import type { PersonalSpan } from './personal-span.ts';
import type { Token } from './tokens.ts';

const alphabet: ReadonlyMap<string, string> = new Map(
  (
    'alpha alfa bravo charlie delta echo foxtrot golf hotel india juliet juliett kilo lima mike november oscar papa quebec ' +
    'romeo sierra tango uniform victor whiskey whisky xray yankee zulu zed zee'
  )
    .split(' ')
    .map((word) => [word, word.charAt(0).toUpperCase()]),
);
const owners = /^(?:name|surname|spelled|spelt|spell|spelling|called|last|first)$/;
const accounts = /^(?:iban|account|bank)$/;
const licences = /^(?:license|licence|passport|dl|permit)$/;
const others =
  /^(?:order|reference|ref|booking|confirmation|ticket|flight|code|tracking|model|serial|version|case|coupon|voucher|plate|registration|postcode|zip|sku|product)$/;

interface Code {
  readonly last: number;
  readonly characters: string;
  readonly letters: number;
  /** Letters said one by one, not as parts of a written word. */
  readonly spelled: number;
}

/** What is spelled, letter by letter or by the alphabet of pilots: bank accounts, licences and names. */
export function findCodes(tokens: readonly Token[]): PersonalSpan[] {
  const spans: PersonalSpan[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const code = codeAt(tokens, at);
    if (code === undefined) continue;
    const kind = kindOf(code, tokens, at);
    const start = tokens[at]?.start ?? 0;
    if (kind !== undefined) spans.push({ start, end: tokens[code.last]?.end ?? start, kind });
    at = code.last;
  }
  return spans;
}

function kindOf(
  { characters, letters, spelled }: Code,
  tokens: readonly Token[],
  at: number,
): PersonalSpan['kind'] | undefined {
  const digits = characters.length - letters;
  if (/^[A-Z]{2}\d{2}/.test(characters) && characters.length >= 15 && characters.length <= 34) {
    if (isIban(characters) || hasBefore(tokens, at, accounts)) return 'IBAN';
  }
  if (hasBefore(tokens, at, others)) return undefined;
  if (characters.length >= 5 && characters.length <= 20 && digits >= 4 && hasBefore(tokens, at, licences))
    return 'LICENCE';
  if (digits === 0 && spelled === letters && letters >= (hasBefore(tokens, at, owners) ? 2 : 4))
    return 'PERSON';
  return undefined;
}

function hasBefore(tokens: readonly Token[], at: number, words: RegExp): boolean {
  for (let back = 1; back <= 6; back += 1) if (words.test(tokens[at - back]?.low ?? '')) return true;
  return false;
}

/** Letters and digits one after another that begin with a letter. */
function codeAt(tokens: readonly Token[], from: number): Code | undefined {
  let characters = '';
  let letters = 0;
  let spelled = 0;
  let last = -1;
  let at = from;
  while (at < tokens.length && characters.length < 40) {
    const token = tokens[at];
    if (token === undefined) break;
    const letter = token.kind === 'word' ? letterOf(token) : undefined;
    if (letter !== undefined) {
      characters += letter;
      letters += 1;
      spelled += 1;
      last = at;
      at += 1;
      // "J as in Juliet", "B for Bravo", "B like boy".
      const [as, inWord] = [tokens[at]?.low, tokens[at + 1]?.low];
      if (token.text.length === 1 && as === 'as' && inWord === 'in') at += 3;
      else if (
        token.text.length === 1 &&
        /^(?:for|like)$/.test(as ?? '') &&
        inWord?.startsWith(token.low) &&
        inWord.length > 1
      )
        at += 2;
      last = Math.min(at, tokens.length) - 1;
      continue;
    }
    if (letters === 0) return undefined;
    const digits = digitsOf(tokens, at);
    if (digits !== undefined) {
      characters += digits.text;
      last = at + digits.tokens - 1;
      at = last + 1;
      continue;
    }
    // "WEST" within a written account number, and letters glued to digits.
    if (token.kind === 'word' && /^[A-Z]{2,6}$/.test(token.text) && /\d$/.test(characters)) {
      characters += token.text;
      letters += token.text.length;
      last = at;
      at += 1;
      continue;
    }
    if (at - last > 2 || !(/^[-.,]$/.test(token.text) || (pauseWords.has(token.low) && token.low !== 'dot')))
      break;
    at += 1;
  }
  return characters.length >= 2 ? { last, characters, letters, spelled } : undefined;
}

function letterOf(token: Token): string | undefined {
  if (token.text.length === 1 && /[a-z]/i.test(token.text)) return token.text.toUpperCase();
  return alphabet.get(token.low);
}

function digitsOf(tokens: readonly Token[], at: number): { text: string; tokens: number } | undefined {
  const token = tokens[at];
  if (token === undefined) return undefined;
  if (token.kind === 'number') return /^\d+$/.test(token.text) ? { text: token.text, tokens: 1 } : undefined;
  const repeat = repeatWords.get(token.low);
  const digit = digitWords.get(repeat === undefined ? token.low : (tokens[at + 1]?.low ?? ''));
  if (repeat !== undefined)
    return digit?.length === 1 ? { text: digit.repeat(repeat), tokens: 2 } : undefined;
  const ten = tenWords.get(token.low);
  if (ten === undefined) return digit === undefined ? undefined : { text: digit, tokens: 1 };
  const one = digitWords.get(tokens[at + 1]?.low ?? '');
  return one?.length === 1 && one !== '0' ? { text: ten + one, tokens: 2 } : { text: `${ten}0`, tokens: 1 };
}
