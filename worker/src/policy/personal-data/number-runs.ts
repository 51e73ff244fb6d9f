import {
  digitWords,
  groupPauseWords,
  pauseSigns,
  pauseWords,
  repeatWords,
  soundsLike,
  tenWords,
} from './number-words.ts';
import type { Token } from './tokens.ts';

/** Tokens of pause that one number may have in one place: "five five five, uh, and then". */
const longestPause = 4;

/** Digits in a group; fewer are counts as often as parts of a number, and two with a colon are a time. */
const shortestGroup = 2;

/** No phone number and no row of years is longer. */
const longRun = 12;

/** Numbers that belong together, as written or as said. */
export interface NumberRun {
  readonly first: number;
  /** Index of the last token, included. */
  readonly last: number;
  readonly digits: string;
  /** Digits that were said as words. */
  readonly spoken: number;
  /** How the digits are grouped. */
  readonly groups: readonly number[];
  readonly hasPlus: boolean;
  /** Signs between the groups, in order. */
  readonly between: string;
}

/** All runs of numbers, in one pass. */
export function numberRuns(tokens: readonly Token[]): NumberRun[] {
  const runs: NumberRun[] = [];
  let at = 0;
  while (at < tokens.length) {
    const run = runAt(tokens, at);
    if (run === undefined) at += 1;
    else {
      runs.push(run);
      at = run.last + 1;
    }
  }
  return runs;
}

/** The digits that the tokens from `at` on say, and how many tokens say them. */
function said(tokens: readonly Token[], at: number): { digits: string; tokens: number } | undefined {
  const low = tokens[at]?.low ?? '';
  const repeat = repeatWords.get(low);
  if (repeat !== undefined) {
    const digit = oneDigit(tokens[at + 1]);
    return digit === undefined ? undefined : { digits: digit.repeat(repeat), tokens: 2 };
  }
  const pair = belowHundred(tokens, at);
  if (pair === undefined) {
    const heard = soundsLike.get(low);
    const isAmong = oneDigit(tokens[at - 1]) !== undefined && oneDigit(tokens[at + 1]) !== undefined;
    return heard !== undefined && isAmong ? { digits: heard, tokens: 1 } : undefined;
  }
  const next = tokens[at + pair.tokens]?.low;
  if (next !== 'hundred' && next !== 'thousand') return pair;
  const zeros = next === 'hundred' ? '00' : '000';
  const after = at + pair.tokens + 1;
  const hasAnd = tokens[after]?.low === 'and';
  // "one hundred (and) twenty three"; but "eight hundred five five five" says each digit.
  const rest = belowHundred(tokens, after + (hasAnd ? 1 : 0));
  if (rest === undefined || (!hasAnd && rest.digits.length === 1) || zeros === '000')
    return { digits: pair.digits + zeros, tokens: pair.tokens + 1 };
  return {
    digits: pair.digits + rest.digits.padStart(2, '0'),
    tokens: pair.tokens + 1 + (hasAnd ? 1 : 0) + rest.tokens,
  };
}

/** "seven", "seventeen", "seventy", "seventy one", "seventy-one". */
function belowHundred(tokens: readonly Token[], at: number): { digits: string; tokens: number } | undefined {
  const token = tokens[at];
  if (token?.kind !== 'word') return undefined;
  const ten = tenWords.get(token.low);
  if (ten !== undefined) {
    const skip = tokens[at + 1]?.text === '-' ? 2 : 1;
    const one = digitWords.get(tokens[at + skip]?.low ?? '');
    return one !== undefined && one.length === 1 && one !== '0'
      ? { digits: ten + one, tokens: skip + 1 }
      : { digits: `${ten}0`, tokens: 1 };
  }
  const digits = digitWords.get(token.low);
  if (
    digits === undefined ||
    (token.low === 'o' && oneDigit(tokens[at + 1]) === undefined && oneDigit(tokens[at - 1]) === undefined)
  )
    return undefined;
  return { digits, tokens: 1 };
}

function oneDigit(token: Token | undefined): string | undefined {
  if (token === undefined) return undefined;
  if (token.kind === 'number') return token.text.length === 1 ? plainDigits(token.text) : undefined;
  const digit = digitWords.get(token.low);
  return digit?.length === 1 ? digit : undefined;
}

/** Digits of any script as those of ASCII. */
function plainDigits(number: string): string {
  if (/^\d+$/.test(number)) return number;
  return Array.from(number.normalize('NFKC'), (character) => {
    if (/\d/.test(character)) return character;
    // Decimal digits of every script stand in blocks of ten that begin at a multiple of ten or sixteen.
    const code = character.codePointAt(0) ?? 0;
    let zero = code;
    while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
    return /\p{Nd}/u.test(character) ? String(code - zero) : '';
  }).join('');
}

function runAt(tokens: readonly Token[], from: number): NumberRun | undefined {
  let first = from;
  let hasPlus = false;
  while (tokens[first]?.text === '+' || tokens[first]?.text === '(' || tokens[first]?.low === 'plus') {
    if (tokens[first]?.text !== '(') hasPlus = true;
    first += 1;
    if (first - from > 2) return undefined;
  }
  const groups: number[] = [];
  let all = '';
  let spoken = 0;
  let between = '';
  let at = first;
  let last = -1;
  while (at < tokens.length) {
    const token = tokens[at];
    if (token === undefined) break;
    if (token.kind === 'number') {
      const own = plainDigits(token.text);
      groups.push(own.length);
      all += own;
      last = at;
      at += 1;
      continue;
    }
    const words = token.kind === 'word' ? said(tokens, at) : undefined;
    if (words !== undefined) {
      groups.push(words.digits.length);
      all += words.digits;
      spoken += words.digits.length;
      last = at + words.tokens - 1;
      at = last + 1;
      continue;
    }
    if (last < 0) break;
    const isPause = isPauseBetweenGroups(tokens, last, all.length);
    if (at - last > (spoken > 0 || isPause || token.text === '.' ? longestPause : 2)) break;
    const isJoiner =
      isPause ||
      (token.kind === 'sign'
        ? pauseSigns.has(token.text)
        : (spoken > 0 && pauseWords.has(token.low)) ||
          (/^(?:dot|point)$/.test(token.low) && at - last === 1));
    if (!isJoiner) break;
    if (token.kind === 'sign') between += token.text;
    else if (token.low === 'dot' || token.low === 'point') between += '.';
    at += 1;
  }
  if (last < 0) return undefined;
  return { first: from, last, digits: all, spoken, groups, hasPlus, between };
}

/**
 * "4111, um, 1111 dash 1111": recognisers write digits and what is said between them.
 * @param before digits of the run so far: "and 1111" ends a long one, and else begins another
 */
function isPauseBetweenGroups(tokens: readonly Token[], last: number, before: number): boolean {
  let shortest = shortestGroup;
  for (let at = last + 1; at <= last + 1 + longestPause; at += 1) {
    const token = tokens[at];
    if (token === undefined) return false;
    if (token.kind === 'number') return isGroup(tokens[last], shortest) && isGroup(token, shortest);
    if (token.text === ':') shortest = shortestGroup + 1;
    else if (token.kind === 'sign' ? !pauseSigns.has(token.text) : !isSaidBetween(token.low, before))
      return false;
  }
  return false;
}

function isSaidBetween(low: string, before: number): boolean {
  return groupPauseWords.has(low) || (before >= longRun && /^(?:and|then|finally)$/.test(low));
}

function isGroup(token: Token | undefined, shortest: number): boolean {
  return token?.kind === 'number' && token.text.length >= shortest;
}

/** The check digit of payment cards. */
export function isLuhn(number: string): boolean {
  let sum = 0;
  for (let at = 0; at < number.length; at += 1) {
    const digit = number.charCodeAt(number.length - 1 - at) - 48;
    const value = at % 2 === 0 ? digit : digit * 2;
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}
