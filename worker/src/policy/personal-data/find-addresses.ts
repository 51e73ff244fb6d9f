import { bitsOf, wordBits } from './known-names.ts';
import type { PersonalSpan } from './personal-span.ts';
import type { Token } from './tokens.ts';

const suffixes = new Set(
  (
    'street st avenue ave road rd boulevard blvd lane ln drive dr court ct way place pl square sq terrace crescent cres ' +
    'close highway hwy parkway pkwy trail circle cir alley row walk gardens mews grove heights plaza loop run path'
  ).split(' '),
);
const foreign = new Set(
  (
    'avenue boulevard quai impasse chemin rkp körút sétány terrasse strasse straße str gasse weg platz allee via viale piazza corso largo vicolo rue calle avenida avda plaza paseo rua ' +
    'travessa ul ulica utca u ut út tér útja ter gata gatan gate väg vägen vej vejen gade tie katu straat laan plein nám ' +
    'ulice cesta trg ulitsa prospekt strada rúa camino carrer carretera praça estrada boul bulevar'
  ).split(' '),
);
const foreignEnds =
  /.(?:strasse|straße|str|gasse|weg|platz|allee|gata|gatan|gate|vägen|veien|vej|vejen|gade|gaten|katu|tie|polku|kuja|straat|laan|plein|gracht|stræde|stigen|gränd|ova|ého|ská|evo|holt|vænget|bakken|parken|ucca|utca|gatu|brautin|götu|stræti)$/i;
const units = new Set('apt apartment suite ste room unit flat floor box'.split(' '));
const cues = new Set(
  'address addresses live lives living reside residing deliver delivered ship shipped taxi return moved located send sent mail home house meet meeting restaurant corner meant'.split(
    ' ',
  ),
);
const numberWords = new Set(
  (
    'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen ' +
    'nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred oh zero'
  ).split(' '),
);
const reach = 26;

/** Postal addresses: a number and a street in either order, and what follows of unit, town and code. */
export function findAddresses(text: string, tokens: readonly Token[]): PersonalSpan[] {
  const spans: PersonalSpan[] = [];
  let free = 0;
  for (let at = 0; at < tokens.length; at += 1) {
    const found = boxAt(tokens, at) ?? cornerAt(tokens, at) ?? streetAt(text, tokens, at);
    if (found === undefined || found.first < free) continue;
    const last = extended(text, tokens, found.last);
    const start = tokens[Math.max(free, withUnit(tokens, found.first))]?.start;
    const end = tokens[last]?.end;
    if (start === undefined || end === undefined) continue;
    spans.push({ start, end, kind: 'ADDRESS' });
    free = last + 1;
    at = last;
  }
  return spans;
}

/** "Suite 541 6343 Skogstien 106": the unit before the street. */
function withUnit(tokens: readonly Token[], first: number): number {
  if (!isNumber(tokens[first - 1])) return first;
  const at = tokens[first - 2]?.text === '.' ? first - 3 : first - 2;
  return units.has(tokens[at]?.low ?? '') ? at : first;
}

/** "The corner of Pachergasse 64 and Radolič Harbor". */
function cornerAt(tokens: readonly Token[], at: number): Stretch | undefined {
  if (tokens[at]?.low !== 'corner' || tokens[at + 1]?.low !== 'of') return undefined;
  let last = at + 1;
  let streets = 0;
  for (let on = at + 2; on < Math.min(tokens.length, at + 18); on += 1) {
    const token = tokens[on];
    if (token === undefined) break;
    if (isNumber(token) || isCapital(token)) {
      last = on;
      streets += 1;
    } else if (
      !/^(?:and|of|de|da|do|dos|das|dei|des|du|della|la|le|del|der|van|von|di|el|u|ul|str|\.|-)$/.test(
        token.low,
      )
    )
      break;
  }
  return streets >= 2 ? { first: tokens[at - 1]?.low === 'the' ? at - 1 : at, last } : undefined;
}

interface Stretch {
  readonly first: number;
  readonly last: number;
}

/** "PO Box 12", "PSC 4355, Box 4187", "Unit 5477 Box 8244", "USNS Smith". */
function boxAt(tokens: readonly Token[], at: number): Stretch | undefined {
  const low = tokens[at]?.low;
  if (/^(?:usns|uss|uscgc|usnv)$/.test(low ?? '') && tokens[at + 1]?.kind === 'word')
    return { first: at, last: at + 1 };
  if (low === 'psc' || low === 'unit') {
    const box = [at + 2, at + 3].find((place) => tokens[place]?.low === 'box');
    return box !== undefined && isNumber(tokens[at + 1]) && isNumber(tokens[box + 1])
      ? { first: at, last: box + 1 }
      : undefined;
  }
  if (low === 'po' && tokens[at + 1]?.low === 'box' && isNumber(tokens[at + 2]))
    return { first: at, last: at + 2 };
  if (low === 'p' && tokens[at + 1]?.low === 'o' && tokens[at + 2]?.low === 'box') {
    const last = numberEnd(tokens, at + 3);
    return last === undefined ? undefined : { first: at, last };
  }
  if ((low === 'po' || low === 'post') && numberWords.has(tokens[at + (low === 'po' ? 2 : 3)]?.low ?? '')) {
    const box = at + (low === 'po' ? 1 : 2);
    const last = tokens[box]?.low === 'box' ? numberEnd(tokens, box + 1) : undefined;
    return last === undefined ? undefined : { first: at, last };
  }
  if (low === 'p' && tokens[at + 4]?.low === 'box' && isNumber(tokens[at + 5]))
    return { first: at, last: at + 5 };
  return undefined;
}

function isWithinNumber(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1]?.low ?? '';
  return numberWords.has(before) || (before === 'and' && tokens[at - 2]?.low === 'hundred');
}

/** The last token of a number, written or said. */
function numberEnd(tokens: readonly Token[], from: number): number | undefined {
  let last: number | undefined;
  for (let at = from; at < from + 8; at += 1) {
    if (!isNumber(tokens[at]) && !numberWords.has(tokens[at]?.low ?? '')) break;
    last = at;
  }
  return last;
}

function streetAt(text: string, tokens: readonly Token[], at: number): Stretch | undefined {
  const token = tokens[at];
  if (token === undefined) return undefined;
  const isWord = token.kind === 'word' && numberWords.has(token.low) && !isWithinNumber(tokens, at);
  // "5th avenue" has no house number.
  if (/^(?:st|nd|rd|th)$/.test(tokens[at + 1]?.low ?? '') && tokens[at + 1]?.isApart === false)
    return undefined;
  if (isNumber(token) && token.text.length <= 5 && !isGluedBefore(tokens, at))
    return numberFirst(text, tokens, at);
  if (isWord) return spokenFirst(tokens, at);
  if (isCapital(token) || (foreign.has(token.low) && token.kind === 'word'))
    return streetFirst(text, tokens, at);
  return undefined;
}

/** "385 Gemsbok St", "450 Præstevænget 15", "638 2229 Wolmarans St". */
function numberFirst(text: string, tokens: readonly Token[], at: number): Stretch | undefined {
  let on = at + 1;
  while (isNumber(tokens[on]) && on - at < 3 && sameLine(text, tokens, on)) on += 1;
  // "between 9 and 10", "2019 to may 3", "7 people in st louis", "50 GBP": no house has that number.
  if (/^(?:and|to|in|at|on|of|for|am|pm|is|people|months|years|gbp|usd|eur)$/.test(tokens[on]?.low ?? ''))
    return undefined;
  let words = 0;
  let hasStreet = false;
  let last = -1;
  const isCapitalised = isCapital(tokens[on]);
  while (on < tokens.length && words < 6 && sameLine(text, tokens, on)) {
    const token = tokens[on];
    if (token === undefined) break;
    if (token.kind === 'sign') {
      if (!/^[.'’\-/]$/.test(token.text)) break;
      on += 1;
      continue;
    }
    if (isNumber(token)) {
      if (words === 0) break;
      return hasStreet || hasCue(tokens, at) || isFollowedByTown(text, tokens, on) || isTown(tokens, on)
        ? { first: at, last: on }
        : undefined;
    }
    const isStreet = suffixes.has(token.low) || foreign.has(token.low) || foreignEnds.test(token.text);
    if (isStreet && (words > 0 || foreign.has(token.low) || foreignEnds.test(token.text))) {
      hasStreet = true;
      last = on;
      if (suffixes.has(token.low) && words > 0)
        return { first: at, last: tokens[on + 1]?.text === '.' ? on + 1 : on };
    } else if (
      isCapitalised &&
      !isCapital(token) &&
      !/^(?:de|da|do|dos|das|dei|des|du|e|della|delle|la|le|les|del|der|den|van|von|di|el|y|na|pod|nad|l)$/.test(
        token.low,
      )
    )
      break;
    words += 1;
    if (words > 4 && !hasStreet) break;
    if (isCapitalised || hasStreet) last = on;
    on += 1;
  }
  if (last < 0) return undefined;
  if (hasStreet || (isCapitalised && (hasCue(tokens, at) || isFollowedByTown(text, tokens, last))))
    return { first: at, last };
  return undefined;
}

/** "twelve oak street", "one two three main street". */
function spokenFirst(tokens: readonly Token[], at: number): Stretch | undefined {
  let on = at;
  while (
    numberWords.has(tokens[on]?.low ?? '') ||
    tokens[on]?.text === '-' ||
    (tokens[on]?.low === 'and' && tokens[on - 1]?.low === 'hundred')
  )
    on += 1;
  for (let words = 0; words < 4; words += 1) {
    const token = tokens[on + words];
    if (token === undefined || token.kind !== 'word') return undefined;
    const isSure =
      /^(?:street|avenue|road|boulevard|lane|drive|court|terrace|crescent|highway|parkway)$/.test(token.low);
    if (isSure && words > 0) return { first: at, last: on + words };
    if (
      /^(?:of|the|on|for|a|in|to|at|per|my|down|up|way|more|by|and|is|minutes|blocks|miles)$/.test(token.low)
    )
      return undefined;
  }
  return undefined;
}

/** "Villacher Strasse 89", "Piazza Rezzonico 35", "Hauptstraße 12a". */
function streetFirst(text: string, tokens: readonly Token[], at: number): Stretch | undefined {
  let hasStreet = false;
  for (let on = at; on < Math.min(tokens.length, at + 6); on += 1) {
    const token = tokens[on];
    if (token === undefined || (on > at && !sameLine(text, tokens, on))) return undefined;
    if (isNumber(token))
      return hasStreet && on > at && token.text.length <= 4 ? { first: at, last: on } : undefined;
    if (token.kind === 'sign') {
      if (token.text !== '.') return undefined;
      continue;
    }
    if (foreign.has(token.low) || (foreignEnds.test(token.text) && isCapital(token))) hasStreet = true;
    else if (
      !isCapital(token) &&
      !/^(?:de|da|do|dos|das|dei|des|du|e|della|delle|la|le|les|del|der|den|van|von|di|el|y|na|pod|nad|l)$/.test(
        token.low,
      )
    )
      return undefined;
  }
  return undefined;
}

/** What belongs to the address after its street: unit, town, region, code; the next lines, too. */
function extended(text: string, tokens: readonly Token[], from: number): number {
  let last = from;
  const isLined = /\n/.test(text.slice(tokens[from]?.end, (tokens[from]?.end ?? 0) + 60));
  for (let on = from + 1; on < Math.min(tokens.length, from + reach); on += 1) {
    const token = tokens[on];
    if (token === undefined) break;
    const gap = text.slice(tokens[on - 1]?.end, token.start);
    if (/\n\n|\n *\n *\n/.test(gap) && !/\n *\n *$/.test(gap)) break;
    if (token.kind === 'sign') {
      if (token.text === '?' ? !isQuoted(text, tokens, on) : !/^[,.\-#'’()/>]$/.test(token.text)) break;
      if (token.text === '.' && isNumber(tokens[on - 1]) && isHungarian(tokens, on)) continue;
      if (token.text === '.' && !/^(?:apt|ste|st|no|u|str|ave|blvd|rd|dr)$/.test(tokens[on - 1]?.low ?? ''))
        break;
      continue;
    }
    if (isNumber(token)) {
      last = on;
      continue;
    }
    if (units.has(token.low) && !isCapital(token) && isApartment(tokens, on + 1)) {
      last = on + 1;
      on += 1;
      if (/^[a-f]$/i.test(tokens[on + 1]?.text ?? '')) last = on += 1;
      continue;
    }
    // A code that is said: five digits.
    const saidUntil = last === on - 1 && numberWords.has(token.low) ? numberEnd(tokens, on) : undefined;
    if (saidUntil !== undefined && saidUntil - on >= 3) {
      last = on = saidUntil;
      continue;
    }
    if (
      /^[a-z]{2}$/.test(token.low) &&
      isNumber(tokens[on + 1]) &&
      tokens[on + 1]?.text.length === 5 &&
      last === on - 1
    ) {
      last = on;
      continue;
    }
    if (
      /^(?:new|san|los|las|fort|saint|st)$/.test(token.low) &&
      last === on - 1 &&
      (bitsOf(tokens[on + 1]) & wordBits.place) !== 0
    ) {
      last = on += 1;
      continue;
    }
    if (
      tokens[on - 1]?.text === ',' &&
      last === on - 2 &&
      (bitsOf(token) & (wordBits.place | wordBits.language)) === wordBits.place
    ) {
      last = on;
      continue;
    }
    if (last === on - 1 && (bitsOf(token) & wordBits.place) !== 0) {
      last = on;
      continue;
    }
    if (token.low === 'in' && last === on - 1 && (bitsOf(tokens[on + 1]) & wordBits.place) !== 0) continue;
    if (units.has(token.low) || /^[A-Z]{2,3}$/.test(token.text) || token.low === 'nan') {
      last = on;
      continue;
    }
    if (
      isCapital(token) &&
      (isLined || gap.includes('\n') || last === on - 1 || tokens[on - 1]?.text === ',')
    ) {
      if (/^(?:Mobile|Desk|Fax|Phone|Tel|Email|Please|Call|I|The|My|He|She|We|In|Thanks)$/.test(token.text))
        break;
      last = on;
      continue;
    }
    break;
  }
  return last;
}

/** "??? Apt. 050": marks before each line of what is quoted. */
function isQuoted(text: string, tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1];
  return before?.text === '?' || text.slice(before?.end, tokens[at]?.start).includes('\n');
}

/** "Piroska u. 97.": there a point ends the number, not the sentence. */
function isHungarian(tokens: readonly Token[], at: number): boolean {
  for (let back = 2; back <= 4; back += 1)
    if (/^(?:u|út|utca|tér|útja|rkp|tere|kapu|körút|sétány|köz|sor)$/.test(tokens[at - back]?.low ?? ''))
      return true;
  return false;
}

/** "Apartment five", "flat 3b". */
function isApartment(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at];
  return (
    token !== undefined && (isNumber(token) || numberWords.has(token.low) || /^[a-z]$/i.test(token.text))
  );
}

function isFollowedByTown(text: string, tokens: readonly Token[], at: number): boolean {
  const rest = text.slice(tokens[at]?.end, (tokens[at]?.end ?? 0) + 90);
  return (
    /^[.,]?\s*(?:\n|,|Apt|Suite)/.test(rest) &&
    /(?:Apt\.?|Suite|Unit) \w+|\b[A-Z]{2} \d{4,5}|\d{4,5}\b/.test(rest)
  );
}

/** ", Saareküla": a comma and a capital after the number. */
function isTown(tokens: readonly Token[], at: number): boolean {
  return tokens[at + 1]?.text === ',' && isCapital(tokens[at + 2]);
}

function hasCue(tokens: readonly Token[], at: number): boolean {
  for (let back = 1; back <= 6; back += 1) if (cues.has(tokens[at - back]?.low ?? '')) return true;
  return false;
}

function sameLine(text: string, tokens: readonly Token[], at: number): boolean {
  return !text.slice(tokens[at - 1]?.end, tokens[at]?.start).includes('\n');
}

function isGluedBefore(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at];
  const before = tokens[at - 1];
  return (
    token !== undefined && before !== undefined && !token.isApart && /[\p{L}$€£#./:-]/u.test(before.text)
  );
}

function isNumber(token: Token | undefined): boolean {
  return token?.kind === 'number';
}

function isCapital(token: Token | undefined): boolean {
  return token !== undefined && token.kind === 'word' && /^\p{Lu}/u.test(token.text);
}
