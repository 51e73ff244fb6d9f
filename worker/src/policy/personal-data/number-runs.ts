import type { Token } from './tokens.ts';

const digits: Readonly<Record<string, string>> = {
  ...{
    zero: '0',
    oh: '0',
    o: '0',
    nought: '0',
    nil: '0',
    one: '1',
    two: '2',
    to: '',
    three: '3',
    tree: '3',
    four: '4',
  },
  ...{
    five: '5',
    six: '6',
    seven: '7',
    eight: '8',
    nine: '9',
    niner: '9',
    ten: '10',
    eleven: '11',
    twelve: '12',
  },
  ...{
    thirteen: '13',
    fourteen: '14',
    fifteen: '15',
    sixteen: '16',
    seventeen: '17',
    eighteen: '18',
    nineteen: '19',
  },
};
const tens: Readonly<Record<string, string>> = {
  ...{
    twenty: '2',
    thirty: '3',
    forty: '4',
    fourty: '4',
    fifty: '5',
    sixty: '6',
    seventy: '7',
    eighty: '8',
    ninety: '9',
  },
};
const times: Readonly<Record<string, number>> = { double: 2, triple: 3, treble: 3, quadruple: 4 };
const joiners = new Set(['dash', 'hyphen', 'minus', 'space', 'then', 'and', 'um', 'uh', 'er', 'slash']);
const signs = new Set(['-', '.', '(', ')', '/', ',', '–', '—', '·', '‐', '‑', ' ']);

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

/** The digits that one or two tokens say, from `at` on. */
function said(tokens: readonly Token[], at: number): { digits: string; tokens: number } | undefined {
  const token = tokens[at];
  if (token === undefined) return undefined;
  const own = (word: string): string | undefined => (Object.hasOwn(digits, word) ? digits[word] : undefined);
  const repeat = Object.hasOwn(times, token.low) ? times[token.low] : undefined;
  if (repeat !== undefined) {
    const next = tokens[at + 1];
    const digit =
      next === undefined
        ? undefined
        : next.kind === 'number' && next.text.length === 1
          ? next.text
          : own(next.low);
    return digit !== undefined && digit.length === 1
      ? { digits: digit.repeat(repeat), tokens: 2 }
      : undefined;
  }
  const ten = Object.hasOwn(tens, token.low) ? tens[token.low] : undefined;
  if (ten !== undefined) {
    const skip = tokens[at + 1]?.text === '-' ? 2 : 1;
    const one = own(tokens[at + skip]?.low ?? '');
    return one !== undefined && one.length === 1 && one !== '0'
      ? { digits: ten + one, tokens: skip + 1 }
      : { digits: `${ten}0`, tokens: 1 };
  }
  const digit = own(token.low);
  if (digit === undefined || digit === '') return undefined;
  // "one hundred", "four thousand": as on a telephone, zeros.
  const next = tokens[at + 1]?.low;
  if (digit.length === 1 && next === 'hundred') return { digits: `${digit}00`, tokens: 2 };
  if (digit.length === 1 && next === 'thousand') return { digits: `${digit}000`, tokens: 2 };
  return { digits: digit, tokens: 1 };
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
      // A letter glued to the digits makes it a code, not a number.
      groups.push(token.text.length);
      all += token.text;
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
    if (last < 0 || at - last > 2) break;
    const isJoiner = token.kind === 'sign' ? signs.has(token.text) : spoken > 0 && joiners.has(token.low);
    if (!isJoiner) break;
    if (token.kind === 'sign') between += token.text;
    at += 1;
  }
  if (last < 0) return undefined;
  return { first: from, last, digits: all, spoken, groups, hasPlus, between };
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
