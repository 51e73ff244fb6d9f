/** How a figure bounds what it counts. */
export type Bound = 'exactly' | 'at most' | 'at least' | 'about';

/** A figure in a sentence. */
export interface Quantity {
  /** In the smallest unit of its kind: milliseconds, minutes of the day. */
  readonly value: number;
  /** `time`, `clock`, `%`, `money`, or `` for a plain number. */
  readonly kind: string;
  readonly bound: Bound;
}

const ones =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const tens = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const words = new Map<string, number>([
  ...ones.map((word, value): [string, number] => [word, value]),
  ...tens.map((word, at): [string, number] => [word, (at + 2) * 10]),
]);
const scales = new Map([
  ['hundred', 100],
  ['thousand', 1000],
  ['million', 1e6],
  ['billion', 1e9],
]);

const timeUnits: readonly (readonly [RegExp, number])[] = [
  [/^(?:ms|millis|milliseconds?)$/, 1],
  [/^(?:s|sec|secs|seconds?)$/, 1000],
  [/^(?:min|mins|minutes?)$/, 60_000],
  [/^(?:h|hr|hrs|hours?)$/, 3_600_000],
  [/^days?$/, 86_400_000],
  [/^weeks?$/, 604_800_000],
  [/^(?:months?)$/, 2_629_800_000],
  [/^years?$/, 31_557_600_000],
];
const percent = /^(?:%|percent|per-cent|pct)$/;
const money = /^(?:[$€£]|dollars?|euros?|pounds?|eur|usd|gbp|bucks|cents?|pence|quid)$/;

const bounds: readonly (readonly [RegExp, Bound])[] = [
  [
    /(?:^| )(?:sub|under|below|up to|at most|at the most|less than|fewer than|no more than|not more than|no longer than|no later than|maximum(?: of)?|max|limit of)$/,
    'at most',
  ],
  [/(?:^| )(?:over|above|at least|more than|no less than|minimum(?: of)?|from)$/, 'at least'],
  [/(?:^| )(?:about|around|roughly|approximately|nearly|almost|some|circa|approx)$/, 'about'],
];

/**
 * The figures of a text, and the words that are left of it.
 * @param tokens lower case, signs such as `%` and `€` as tokens of their own
 */
export function readQuantities(tokens: readonly string[]): { quantities: Quantity[]; rest: string[] } {
  const quantities: Quantity[] = [];
  const rest: string[] = [];
  for (let at = 0; at < tokens.length; ) {
    const number = readNumber(tokens, at);
    if (number === undefined) {
      rest.push(tokens[at++]!);
      continue;
    }
    const before = rest.slice(-3).join(' ');
    let { value, next } = number;
    let kind = '';
    if (money.test(rest.at(-1) ?? '')) {
      kind = 'money';
      rest.pop();
    }
    const isAlone = number.isPronoun;
    const unit = tokens[next] === 'and' ? undefined : tokens[next];
    // "five working days"
    const afterUnit =
      unit !== undefined && /^(?:working|business|calendar|full|whole)$/.test(unit)
        ? tokens[next + 1]
        : undefined;
    const timeUnit = timeUnits.find(([pattern]) =>
      pattern.test((afterUnit ?? unit ?? '').replace(/'s?$/, '')),
    );
    const clock = clockAfter(tokens, next);
    if (clock !== undefined) {
      value = (value % 12) * 60 + clock.shift;
      kind = 'clock';
      next = clock.next;
    } else if (number.clockMinutes !== undefined) {
      value = number.clockMinutes;
      kind = 'clock';
    } else if (timeUnit !== undefined) {
      value *= timeUnit[1];
      kind = 'time';
      next += afterUnit === undefined ? 1 : 2;
    } else if (unit !== undefined && percent.test(unit)) {
      kind = '%';
      next += 1;
    } else if (unit === 'per' && tokens[next + 1] === 'cent') {
      kind = '%';
      next += 2;
    } else if (unit !== undefined && money.test(unit)) {
      kind = 'money';
      next += 1;
    } else if (isAlone) {
      // "this one", "one of them"
      rest.push(tokens[at++]!);
      continue;
    }
    const lead = kind === 'money' ? rest.slice(-3).join(' ') : before;
    const bound = bounds.find(([pattern]) => pattern.test(lead));
    if (bound !== undefined) {
      const length = bound[0].exec(lead)![0].trim().split(' ').length;
      rest.splice(-length, length);
    }
    if (tokens[next] === 'or' && /^(?:more|longer|over)$/.test(tokens[next + 1] ?? '')) {
      quantities.push({ value, kind, bound: 'at least' });
      next += 2;
    } else if (tokens[next] === 'or' && /^(?:less|fewer|under)$/.test(tokens[next + 1] ?? '')) {
      quantities.push({ value, kind, bound: 'at most' });
      next += 2;
    } else {
      // "in five days", "within five days"
      const isLimit = kind === 'time' && /(?:^| )(?:in|within|inside)$/.test(before);
      quantities.push({ value, kind, bound: bound?.[1] ?? (isLimit ? 'at most' : 'exactly') });
    }
    if (afterUnit !== undefined && kind === 'time') rest.push(unit!);
    at = next;
  }
  return { quantities, rest };
}

interface ReadNumber {
  value: number;
  next: number;
  /** A lone "one", which is seldom a figure. */
  isPronoun: boolean;
  clockMinutes?: number;
}

function readNumber(tokens: readonly string[], at: number): ReadNumber | undefined {
  const token = tokens[at]!;
  const clock = /^(\d{1,2}):(\d\d)$/.exec(token);
  if (clock !== null) {
    const clockMinutes = Number(clock[1]) * 60 + Number(clock[2]);
    return { value: clockMinutes, next: at + 1, isPronoun: false, clockMinutes };
  }
  if (token === 'midnight' || token === 'noon') {
    const clockMinutes = token === 'noon' ? 720 : 0;
    return { value: clockMinutes, next: at + 1, isPronoun: false, clockMinutes };
  }
  if (token === 'half' && !/^(?:a|an|of|the)$/.test(tokens[at + 1] ?? ''))
    return { value: 0.5, next: at + 1, isPronoun: false };
  const digits = /^\d[\d,]*(?:\.\d+)?$/.exec(token);
  const isArticle = (token === 'a' || token === 'an') && scales.has(tokens[at + 1] ?? '');
  if (digits === null && !words.has(token) && !isArticle) return undefined;
  let value = isArticle ? 1 : digits === null ? words.get(token)! : Number(token.replaceAll(',', ''));
  let next = at + 1;
  let total = 0;
  const first = next;
  for (; next < tokens.length; next++) {
    const word = tokens[next]!;
    const scale = scales.get(word);
    const unit = words.get(word);
    if (scale !== undefined) {
      if (scale === 100) value *= 100;
      else {
        total += value * scale;
        value = 0;
      }
    } else if (unit !== undefined && digits === null && canFollow(value, unit)) value += unit;
    else if (word === 'point' && words.has(tokens[next + 1] ?? '')) {
      let text = '';
      while (words.has(tokens[next + 1] ?? '')) text += words.get(tokens[++next]!);
      value += Number(`0.${text}`);
    } else if (word !== 'and' || !words.has(tokens[next + 1] ?? '') || value % 100 !== 0 || value === 0)
      break;
  }
  return { value: total + value, next, isPronoun: token === 'one' && next === first };
}

/** "twenty" "one", "hundred" "fifty"; not "nine" "five". */
function canFollow(value: number, unit: number): boolean {
  if (value === 0) return true;
  return unit < 10 ? value % 10 === 0 : value % 100 === 0;
}

function clockAfter(tokens: readonly string[], next: number): { shift: number; next: number } | undefined {
  const [one, two, three] = tokens.slice(next, next + 3);
  if (one === 'am' || one === 'pm') return { shift: one === 'pm' ? 720 : 0, next: next + 1 };
  if (one === "o'clock" || one === 'oclock')
    return clockAfter(tokens, next + 1) ?? { shift: 0, next: next + 1 };
  if (one === 'in' && two === 'the' && three !== undefined) {
    if (three === 'morning') return { shift: 0, next: next + 3 };
    if (three === 'afternoon' || three === 'evening') return { shift: 720, next: next + 3 };
  }
  return one === 'at' && two === 'night' ? { shift: 720, next: next + 2 } : undefined;
}

/** Whether two sentences name the same figures, in whatever order. */
export function sameQuantities(one: readonly Quantity[], other: readonly Quantity[]): boolean {
  const covers = (a: readonly Quantity[], b: readonly Quantity[]) =>
    a.every((x) => b.some((y) => isSame(x, y)));
  return covers(one, other) && covers(other, one);
}

function isSame(one: Quantity, other: Quantity): boolean {
  const isSameKind = one.kind === other.kind || one.kind === '' || other.kind === '';
  return (
    isSameKind && one.bound === other.bound && Math.abs(one.value - other.value) <= 1e-9 * Math.abs(one.value)
  );
}
