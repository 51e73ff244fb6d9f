import { bitsOf, wordBits } from './known-names.ts';
import { isNumberWord } from './number-words.ts';
import type { PersonalSpan } from './personal-span.ts';
import type { Token } from './tokens.ts';

const providers = new Set(
  'gmail googlemail yahoo hotmail outlook icloud aol protonmail proton live msn gmx web mail ymail comcast verizon att'.split(
    ' ',
  ),
);
const tops = new Set(
  'com net org edu gov co uk io de fr es it us info me biz ca au in nl eu ch at dev ai'.split(' '),
);
const joiners = new Set([
  'dot',
  'period',
  'point',
  'underscore',
  'dash',
  'hyphen',
  'plus',
  'minus',
  '.',
  '_',
  '-',
  '+',
]);
const aName = wordBits.given | wordBits.family;
/** Words before a spoken address that are none of it. */
const leads = new Set('is it its my email e mail address to at me him her the as that and'.split(' '));
const maximumLocal = 24;

/** E-mail addresses, written or said ("john dot smith at gmail dot com"). */
export function findEmails(tokens: readonly Token[]): PersonalSpan[] {
  const spans: PersonalSpan[] = [];
  let free = 0;
  for (let at = 1; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === undefined || (token.text !== '@' && token.low !== 'at')) continue;
    const last = domainEnd(tokens, at + 1, token.text === '@');
    if (last === undefined) continue;
    const first = localStart(tokens, at - 1, free);
    if (first === undefined) continue;
    const start = tokens[first]?.start;
    const end = tokens[last]?.end;
    if (start === undefined || end === undefined) continue;
    spans.push({ start, end, kind: 'EMAIL' });
    free = last + 1;
    at = last;
  }
  return spans;
}

/** The last token of a domain that starts at `from`. */
function domainEnd(tokens: readonly Token[], from: number, isWritten: boolean): number | undefined {
  let at = from;
  let name = '';
  let dots = 0;
  let last: number | undefined;
  while (at < tokens.length && at - from < 20) {
    const token = tokens[at];
    if (token === undefined) break;
    if (token.low === 'dot' || token.text === '.') {
      const next = tokens[at + 1];
      if (next === undefined || next.kind === 'sign') break;
      if (token.text === '.' && (token.isApart || next.isApart)) break;
      dots += 1;
      if (tops.has(next.low) || (isWritten && next.kind === 'word' && next.text.length >= 2)) last = at + 1;
      at += 2;
      continue;
    }
    if (token.kind === 'sign' && token.text !== '-') break;
    if (last !== undefined) break;
    if (dots === 0) name += token.low;
    // "at the corner of …" never reaches a dot; a spelled name does.
    if (
      dots === 0 &&
      at - from > 0 &&
      token.isApart &&
      token.text.length > 1 &&
      (tokens[at - 1]?.text.length ?? 0) > 1
    ) {
      if (at - from > 2) break;
    }
    at += 1;
  }
  if (last === undefined && providers.has(name) && !isWritten) return undefined;
  return last;
}

/** "all one word", "no spaces", "all lowercase": how it is written, said before the at sign. */
const aside =
  /^(?:all|one|word|together|no|space|spaces|lowercase|lower|case|caps|capital|letters|with|without|any|small|,|um|uh|erm|the|sign|symbol)$/;

/** The first token of what stands before the at sign. */
function localStart(tokens: readonly Token[], from: number, free: number): number | undefined {
  let first: number | undefined;
  for (let at = from; at >= free && from - at < maximumLocal; at -= 1) {
    const token = tokens[at];
    const after = tokens[at + 1];
    if (token === undefined) break;
    const isJoiner = joiners.has(token.low);
    if (first === undefined && aside.test(token.low)) continue;
    if (first === undefined) {
      if (token.kind === 'sign' && !joiners.has(token.text)) return undefined;
      first = at;
      continue;
    }
    const isGlued = after !== undefined && !after.isApart;
    const isAfterJoiner = after !== undefined && joiners.has(after.low);
    const isSpelled =
      token.text.length === 1 && token.kind === 'word' && (after?.text.length === 1 || isDigits(after));
    const isDigit = isDigits(token);
    if (isGlued && (token.kind !== 'sign' || joiners.has(token.text))) first = at;
    else if (isJoiner && token.kind === 'word' && !leads.has(tokens[at - 1]?.low ?? '')) first = at;
    else if (isJoiner && token.kind === 'sign') first = at;
    else if (isAfterJoiner && token.kind !== 'sign') first = at;
    else if (isSpelled || isDigit) first = at;
    else if (isDigits(after) && token.kind === 'word' && !leads.has(token.low)) first = at;
    else if (
      (bitsOf(token) & aName) !== 0 &&
      (bitsOf(token) & wordBits.language) === 0 &&
      first === at + 1 &&
      (bitsOf(after) & aName) !== 0
    )
      first = at;
    else break;
  }
  return first;
}

function isDigits(token: Token | undefined): boolean {
  return token !== undefined && (token.kind === 'number' || isNumberWord(token.low));
}

const ipv4 = /(?<![\d.])(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}(?![\d.]*\d)/g;
const ipv6 =
  /(?<![\w:])(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}(?![\w:])|(?<![\w:])(?:[0-9a-f]{1,4}:){1,6}:(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,5})?(?![\w:])/gi;

export function findIps(text: string): PersonalSpan[] {
  if (!/\d/.test(text)) return [];
  return [ipv4, ipv6].flatMap((pattern) =>
    [...text.matchAll(pattern)].map(
      ({ 0: said, index }): PersonalSpan => ({
        start: index,
        end: index + said.length,
        kind: 'IP',
      }),
    ),
  );
}

const iban = /(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]{2,4}){3,8}(?![A-Za-z0-9])/g;

/** International bank account numbers, by their check digits. */
export function findIbans(text: string): PersonalSpan[] {
  const spans: PersonalSpan[] = [];
  for (const { 0: said, index } of text.matchAll(iban)) {
    // Words that follow are not part of it: cut from the end until it checks.
    let number = said;
    while (number.length >= 15) {
      if (isIban(number.replaceAll(' ', ''))) {
        spans.push({ start: index, end: index + number.length, kind: 'IBAN' });
        break;
      }
      const shorter = number.lastIndexOf(' ');
      if (shorter < 0) break;
      number = number.slice(0, shorter);
    }
  }
  return spans;
}

export function isIban(number: string): boolean {
  if (number.length < 15 || number.length > 34) return false;
  const turned = (number.slice(4) + number.slice(0, 4)).toUpperCase();
  let rest = 0;
  for (const character of turned) {
    const value = Number.parseInt(character, 36);
    if (Number.isNaN(value)) return false;
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}
