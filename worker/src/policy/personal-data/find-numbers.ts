import { isLuhn, type NumberRun, numberRuns } from './number-runs.ts';
import { isNumberWord } from './number-words.ts';
import type { PersonalKind, PersonalSpan } from './personal-span.ts';
import { type Token, tokensOf } from './tokens.ts';

const cues: Readonly<Record<string, readonly string[]>> = {
  card: ['card', 'credit', 'debit', 'visa', 'mastercard', 'amex', 'maestro', 'cc', 'pan', 'cards'],
  social: ['ssn', 'social', 'insurance', 'sin'],
  phone: [
    ...[
      'phone',
      'telephone',
      'tel',
      'mobile',
      'cell',
      'cellphone',
      'call',
      'dial',
      'fax',
      'text',
      'ring',
      'whatsapp',
    ],
    ...[
      'desk',
      'office',
      'landline',
      'reach',
      'answering',
      'callback',
      'sms',
      'contact',
      'calling',
      'called',
      'handy',
    ],
  ],
  birth: ['born', 'birth', 'birthday', 'dob', 'birthdate'],
  licence: ['license', 'licence', 'passport', 'permit', 'licences', 'dl'],
  other: [
    ...[
      'order',
      'reference',
      'ref',
      'invoice',
      'tracking',
      'ticket',
      'confirmation',
      'booking',
      'case',
      'case',
      'sku',
    ],
    ...[
      'item',
      'product',
      'serial',
      'model',
      'version',
      'code',
      'coupon',
      'voucher',
      'reservation',
      'flight',
      'room',
    ],
    ...[
      'parcel',
      'routing',
      'member',
      'membership',
      'customer',
      'id',
      'shipment',
      'package',
      'policy',
      'claim',
      'transaction',
      'batch',
      'part',
      'isbn',
      'article',
      'pin',
    ],
    ...[
      'balance',
      'total',
      'price',
      'amount',
      'dollars',
      'euros',
      'pounds',
      'percent',
      'population',
      'zip',
      'postal',
    ],
    ...[
      'postcode',
      'extension',
      'incident',
      'request',
      'complaint',
      'docket',
      'gate',
      'seat',
      'barcode',
      'upc',
      'loan',
    ],
    ...['distance', 'steps', 'votes', 'stock', 'iso', 'rfc', 'meter', 'score', 'years', 'year', 'calories'],
  ],
};

const cueOf = new Map(
  Object.entries(cues).flatMap(([name, words]) => words.map((word) => [word, name] as const)),
);

const months =
  /^(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec|january|february|march|april|june|july|august|september|october|november|december)$/;

/** Cards, phones, social security numbers, dates of birth and licences among the numbers of a text. */
export function findNumbers(text: string, tokens: readonly Token[]): PersonalSpan[] {
  const spans = birthDates(tokens);
  for (const run of numberRuns(tokens)) {
    for (const part of partsOf(run, text, tokens)) {
      const kind = kindOf(part, text, tokens);
      if (kind === undefined) continue;
      const start = tokens[part.first]?.start ?? 0;
      const last = kind === 'PHONE' ? withExtension(tokens, part.last) : part.last;
      spans.push({ start, end: tokens[last]?.end ?? start, kind });
    }
  }
  return spans;
}

/** "…, extension three seven seven": it belongs to the number. */
function withExtension(tokens: readonly Token[], last: number): number {
  let at = last + 1;
  while (/^[,.]$/.test(tokens[at]?.text ?? '')) at += 1;
  if (!/^(?:extension|ext|x|durchwahl|poste)$/.test(tokens[at]?.low ?? '')) return last;
  at += 1;
  while (/^(?:[.,:#]|is|number)$/.test(tokens[at]?.low ?? '')) at += 1;
  let end = last;
  while (at - last < 12 && (tokens[at]?.kind === 'number' || isNumberWord(tokens[at]?.low ?? ''))) {
    end = at;
    at += 1;
  }
  return end;
}

/** A written run may be several numbers side by side ("71264 4111 1111 …" is not one card). */
function partsOf(run: NumberRun, text: string, tokens: readonly Token[]): NumberRun[] {
  const isOneLine = !text.slice(tokens[run.first]?.start, tokens[run.last]?.end).includes('\n');
  if (isOneLine && run.digits.length >= 13 && run.digits.length <= 19 && isLuhn(run.digits)) return [run];
  if (run.spoken > 0 || run.digits.length <= 15) {
    // Who says digits pauses, and a transcript writes commas there.
    const isApart = run.spoken > 0 ? /\n/ : /\n|, /;
    if (!isApart.test(text.slice(tokens[run.first]?.start, tokens[run.last]?.end))) return [run];
  } else if (isLuhn(run.digits) && run.digits.length <= 19) return [run];
  const parts: NumberRun[] = [];
  let part: Token[] = [];
  let first = run.first;
  const close = (last: number) => {
    const inner = numberRuns(part)[0];
    if (inner !== undefined)
      parts.push({ ...inner, first: first + inner.first, last: Math.min(last, first + inner.last) });
  };
  for (let at = run.first; at <= run.last; at += 1) {
    const token = tokens[at];
    const before = tokens[at - 1];
    if (token === undefined) continue;
    const gap = before === undefined || at === run.first ? '' : text.slice(before.end, token.start);
    if (gap.includes('\n') || (run.spoken === 0 && before?.text === ',' && token.isApart && at > run.first)) {
      close(at - 1);
      part = [];
      first = at;
    }
    part.push(token);
  }
  close(run.last);
  return parts;
}

/** Words that lead to a number, nearest first: what it is called decides. */
function cueBefore(tokens: readonly Token[], at: number, reach = 7): string | undefined {
  for (let back = 1; back <= reach; back += 1) {
    const token = tokens[at - back];
    if (token === undefined) return undefined;
    if (token.kind !== 'word') continue;
    if (token.low === 'code' && tokens[at - back - 1]?.low === 'area') return 'phone';
    if (token.low === 'n' && tokens[at - back - 1]?.low === 's' && tokens[at - back - 2]?.low === 's')
      return 'social';
    const cue = cueOf.get(token.low);
    if (cue !== undefined) return cue;
  }
  return undefined;
}

function kindOf(run: NumberRun, text: string, tokens: readonly Token[]): PersonalKind | undefined {
  const { digits, groups, spoken, between, hasPlus } = run;
  const length = digits.length;
  if (isSpokenIp(run, tokens)) return 'IP';
  if (length === 4 && isLastFour(tokens, run.first))
    return cueBefore(tokens, run.first, 9) === 'social' ? 'SSN' : 'CARD';
  if (length < 7 || length > 22) return undefined;
  const first = tokens[run.first];
  const before = tokens[run.first - 1];
  if (first === undefined) return undefined;
  // Glued to a letter, a currency sign or a fraction: a code or an amount.
  const isGlued =
    before !== undefined && before.end === first.start && /[\p{L}#$€£_=/@]/u.test(before.text.slice(-1));
  const after = tokens[run.last + 1];
  const last = tokens[run.last];
  const isGluedAfter =
    after !== undefined &&
    last !== undefined &&
    after.start === last.end &&
    /[\p{L}%@_]/u.test(after.text[0] ?? '');
  const isExtension = isGluedAfter && /^x$/i.test(after.text);
  const cue = cueBefore(tokens, run.first) ?? cueAfter(tokens, run.last);
  const isCard =
    !hasPlus && length >= (cue === 'card' ? 12 : 13) && length <= 19 && isLuhn(digits) && !/^0/.test(digits);
  if (isDate(text.slice(first.start, last?.end))) return undefined;
  if (isCard && cue !== 'other' && !isGlued) return 'CARD';
  if (cue === 'card' && length >= 12 && length <= 19) return 'CARD';
  if (isGlued || (isGluedAfter && !isExtension)) return undefined;
  if (cue === 'licence') return spoken > 0 || length >= 7 ? 'LICENCE' : undefined;
  const isSocialShape = length === 9 && groups.join() === '3,2,4' && (/^-{2}$/.test(between) || spoken === 0);
  if (cue === 'social' && length === 9) return 'SSN';
  if (isSocialShape && cue !== 'phone' && cue !== 'other' && /-/.test(between)) return 'SSN';
  if (cue === 'other' && !hasPlus) return undefined;
  if (spoken >= length / 2) {
    if (length >= 13 && length <= 16 && cue !== 'phone') return 'CARD';
    if (cue === 'card') return length >= 8 ? 'CARD' : undefined;
    if (length === 9 && cue === undefined && isSocialByPauses(run, text, tokens)) return 'SSN';
    if (length >= 7 && length <= 15) return 'PHONE';
    return undefined;
  }
  if (length > 15) return undefined;
  // "61076 32 Kent Street": numbers before a name are a place.
  const isPlace = between === '' && groups.length === 2 && /^\p{Lu}\p{Ll}/u.test(after?.text ?? '');
  if (hasPlus || (cue === 'phone' && !isPlace)) return 'PHONE';
  if (cue === undefined && length >= 9 && length <= 12 && isSomebodysNumber(tokens, run.first))
    return 'PHONE';
  return looksLikePhone(run) && !isPlace ? 'PHONE' : undefined;
}

/** "one nine two dot one six eight dot one dot one". */
function isSpokenIp({ first, last }: NumberRun, tokens: readonly Token[]): boolean {
  let isSaid = false;
  let parts = 0;
  let from = first;
  for (let at = first; at <= last + 1; at += 1) {
    const low = tokens[at]?.low ?? '';
    const isDot = low === 'dot' || low === 'point';
    if (!isDot && at <= last) {
      if (tokens[at]?.kind === 'sign') return false;
      continue;
    }
    const part = numberRuns(tokens.slice(from, at));
    if (
      part.length !== 1 ||
      part[0] === undefined ||
      part[0].digits.length > 3 ||
      Number(part[0].digits) > 255
    )
      return false;
    isSaid ||= isDot;
    parts += 1;
    from = at + 1;
    if (parts > 4) return false;
  }
  return parts === 4 && isSaid;
}

/** Three, two and four digits, with pauses between. */
function isSocialByPauses(
  { first, last, between }: NumberRun,
  text: string,
  tokens: readonly Token[],
): boolean {
  if (between.length < 2 || between.length > 5) return false;
  const said = text.slice(tokens[first]?.start, tokens[last]?.end);
  const lengths = said.split(/[-,.–…]+/).map((part) => numberRuns(tokensOf(part))[0]?.digits.length);
  return lengths.join() === '3,2,4';
}

/** "The last four of my card are …". */
function isLastFour(tokens: readonly Token[], at: number): boolean {
  if (tokens[at - 2]?.low === 'ending' && cueBefore(tokens, at) === 'card') return true;
  for (let back = 2; back <= 9; back += 1) {
    if (tokens[at - back]?.low !== 'last' || !/^(?:four|4)$/.test(tokens[at - back + 1]?.low ?? '')) continue;
    const cue = cueBefore(tokens, at, back);
    return cue === 'social' || cue === 'card';
  }
  return false;
}

/** "My number is …", "the number's …". */
function isSomebodysNumber(tokens: readonly Token[], at: number): boolean {
  for (let back = 1; back <= 4; back += 1) {
    if (/^number(?:['’]s)?$/.test(tokens[at - back]?.low ?? ''))
      return /^(?:my|your|his|her|their|our|the|best)$/.test(tokens[at - back - 1]?.low ?? '');
  }
  return false;
}

function cueAfter(tokens: readonly Token[], at: number): string | undefined {
  for (let on = 1; on <= 2; on += 1) {
    const low = tokens[at + on]?.low;
    if (low === undefined) return undefined;
    if (['office', 'fax', 'mobile', 'cell', 'home', 'phone'].includes(low)) return 'phone';
    if (['dollars', 'euros', 'pounds', 'percent', 'units', 'people', 'km', 'miles'].includes(low))
      return 'other';
  }
  return undefined;
}

function isDate(said: string): boolean {
  return /^(?:\d{1,2}([./-])\d{1,2}\1\d{4}|(?:19|20)\d\d([./-])\d{1,2}\2\d{1,2})(?!\d)/.test(said.trim());
}

function looksLikePhone({ digits, groups, between }: NumberRun): boolean {
  if (groups.length < 2 || digits.length < 7 || digits.length > 14) return false;
  if (groups.some((group) => group > 7)) return false;
  if (/[/,]/.test(between)) return false;
  const signs = new Set(between.replace(/[()]/g, ''));
  return signs.size <= 2 && groups.length <= 6 && (groups[0] ?? 0) <= 5;
}

/** "Born on the fourth of July 1980", "date of birth: 7/14/1995": dates that are said to be somebody's. */
function birthDates(tokens: readonly Token[]): PersonalSpan[] {
  const spans: PersonalSpan[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    if (!cues.birth?.includes(tokens[at]?.low ?? '')) continue;
    let first = -1;
    let last = -1;
    let digits = 0;
    for (let on = at + 1; on < Math.min(tokens.length, at + 24); on += 1) {
      const token = tokens[on];
      if (token === undefined) break;
      if (isDatePart(token)) {
        if (first < 0) first = on;
        if (token.kind === 'number') digits += token.text.length;
        last = on;
      } else if (first >= 0 && (on - last > 3 || !betweenDateParts.test(token.low))) break;
      else if (first < 0 && on - at > 7) break;
    }
    // Longer ones are telephone numbers.
    if (digits > 8) continue;
    const start = tokens[first]?.start;
    const end = tokens[last]?.end;
    if (start === undefined || end === undefined || last === first) continue;
    spans.push({ start, end, kind: 'DATE_OF_BIRTH' });
    at = last;
  }
  return spans;
}

const betweenDateParts =
  /^(?:of|the|and|on|in|,|\/|-|\.|slash|dash|hyphen|dot|um|uh|er|then|year|day|month|[–—‐‑])$/;

const ordinals =
  /^(?:(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|nineteen|eighteen|seventeen|sixteen|fifteen|fourteen|thirteen|twelve|eleven|ten|nine|eight|seven|six|five|four|three|two|one|oh|zero|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth|st|nd|rd|th))$/;

function isDatePart(token: Token): boolean {
  return token.kind === 'number' || months.test(token.low) || ordinals.test(token.low);
}
