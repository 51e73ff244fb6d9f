import type { Span } from './rows.ts';

/** A line as a caller says it, or types it, with what is personal in it. */
export interface SpokenLine {
  readonly text: string;
  readonly spans: readonly Span[];
}

type Random = () => number;
type Pick = <T>(from: readonly T[]) => T;

/** Sentences around a value. Of each kind the first half is for writing rules by, the second is held out. */
const carriers: Readonly<Record<string, readonly string[]>> = {
  CARD: [
    'my card number is {}',
    'yeah so the card is {} thanks',
    'can you charge it to {} please',
    'the long number on the front is {}',
    'okay ready it is {} expires next year',
    'please put the payment on my visa {}',
    'sure my credit card {}',
    "i'd like to pay with {}",
    'debit card number {} that one was stolen',
    'the digits are {} and it is a mastercard',
    'use the one ending differently, {}',
    'here you go, {}, did you get that',
  ],
  PHONE: [
    'my phone number is {}',
    'you can call me at {}',
    'the best number to reach me is {} after five',
    'sure it is {} okay',
    'text me on {} when it is ready',
    "yeah it's {} that's my cell",
    'could you ring back on {} tomorrow',
    'her mobile is {} i think',
    "i'm calling about my account the number is {}",
    'contact number {}',
    'just use {} for the callback',
    'it should be under {} the landline',
  ],
  SSN: [
    'my social security number is {}',
    'social is {}',
    'the ssn is {} for the application',
    'my social {} is that enough',
    'you need my social right, {}',
    'i only remember my social security it goes {}',
  ],
  EMAIL: [
    'my email is {}',
    'send it to {} please',
    "it's {}",
    'the email address on the account is {} i believe',
    'could you write to {} instead',
    'you can reach me by email, {}, any time',
  ],
  DATE_OF_BIRTH: [
    'i was born on {}',
    'my date of birth is {}',
    'my birthday is {} okay',
    'dob {}',
    'born {} in leeds',
    'sure the birth date is {}',
  ],
  ADDRESS: [
    'i live at {}',
    'please ship it to {}',
    'my address is {} thanks',
    'it should be delivered to {} instead',
    'we moved to {} last month',
    'the billing address is {}',
  ],
  PERSON: [
    'my name is {}',
    'this is {} speaking',
    'can i talk to {} please',
    'the name on the booking is {}',
    'it is under {} i believe',
    'please ask {} to call me back',
  ],
  IP: [
    'my ip address is {}',
    'the router is at {}',
    'it connects from {} i think',
    'the server has the ip {}',
  ],
  IBAN: ['my iban is {}', 'please pay to {} today', 'the account is {}', 'transfer it to iban {} please'],
};

/** Numbers that are nobody's. */
const nobodys: readonly string[] = [
  'my order number is {8}',
  'the tracking number is {12} it has not moved',
  'invoice {7} was paid twice',
  'the reference is {9}',
  'my ticket number is {10}',
  'the confirmation code is {6}',
  'flight {3} leaves at {2}',
  'i bought {2} of them for {3} dollars',
  'it costs {4} euros in total',
  'we are open from nine to five on weekdays',
  'version {1} point {1} point {2} of the app',
  'the room is {3} on the second floor',
  'there were about {4} people there',
  'can you add {1} more to my order',
  'my case number is {8} from last week',
  'the serial number says {11}',
  'the parcel with number {10} is lost',
  'booking reference {7} for tomorrow',
  'the model number is {8}',
  'item {6} is out of stock',
  'i have been waiting for {2} minutes',
  'my claim is number {9}',
  'the balance is {5} dollars and {2} cents',
  'it will be about {2} percent more',
];

/** Lines that sound personal and are not. */
const harmless: readonly string[] = [
  'what is your phone number',
  'can i change the email address on my account',
  'i would like to pay by card',
  'how do i reset my password',
  'do you deliver to paris or only to london',
  'we fly to charlotte in may',
  'i bought a ford in dallas',
  'the amazon order was sent by fedex',
  'i will mark it as done then',
  'is the bank open on sunday',
  'the price may rise in august',
  'i hope grace period is still on',
  'meet me at the corner at nine',
  'one two three go',
  'i have two kids and three dogs',
  'i called twice and nobody was there',
  'the twenty first of may works for me',
  'the meeting is on the third of june at four thirty',
  'can i speak to a manager',
  'this is ridiculous i want a refund',
  'i am tired of waiting',
  'my name was spelled wrong on the card',
  'Can I fly from Denver to Austin on Monday?',
  'The Ford dealer in Lincoln was helpful.',
  'I bought it at Macy’s with my Chase card.',
  'Is Delta or United cheaper in December?',
  'Wells Fargo sent me a letter about Zelle.',
  'The Grand Hotel in Victoria has a nice Park View room.',
];

const givens =
  'james maria ahmed yuki priya olga fatima carlos emma liam chloe giovanni ingrid kwame wei svetlana pierre aisha tomas nadia henry zoe rajesh ana'.split(
    ' ',
  );
const families =
  'smith garcia hassan tanaka patel ivanova khan rodriguez johnson murphy dubois rossi larsen mensah zhang petrov kowalski novak okafor nguyen anderson schmidt fernandez silva'.split(
    ' ',
  );
const streets =
  'oak main maple elm washington park cedar lake hill church victoria king station high mill river'.split(
    ' ',
  );
const streetEnds = 'street avenue road lane drive court boulevard'.split(' ');
const towns = 'springfield chicago boston leeds denver bristol austin seattle'.split(' ');
const hosts = 'gmail yahoo hotmail outlook icloud example'.split(' ');
const months = 'january february march april may june july august september october november december'.split(
  ' ',
);
const days = (
  'first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth ' +
  'sixteenth seventeenth eighteenth nineteenth twentieth'
).split(' ');
const ones =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const tens = 'zero ten twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const alphabet =
  'alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november oscar papa quebec romeo sierra tango uniform victor whiskey xray yankee zulu'.split(
    ' ',
  );

/**
 * Lines of both kinds, the same for the same seed.
 * @param isHeldOut carriers and ways of saying that the other set does not have
 */
export function spokenLines(seed: number, isHeldOut: boolean, perCarrier = 6): SpokenLine[] {
  const random = randomFrom(seed);
  const pick: Pick = (from) => {
    const picked = from[Math.floor(random() * from.length)];
    if (picked === undefined) throw new Error('nothing to pick from');
    return picked;
  };
  const half = <T>(all: readonly T[]) =>
    all.filter((_, index) => (index < all.length / 2 ? !isHeldOut : isHeldOut));
  const lines: SpokenLine[] = [];
  for (const [kind, sentences] of Object.entries(carriers)) {
    for (const sentence of half(sentences)) {
      for (let times = 0; times < perCarrier; times += 1)
        lines.push(filled(sentence, kind, valueLike(kind, random, pick, isHeldOut)));
    }
  }
  for (const sentence of half(nobodys)) {
    for (let times = 0; times < perCarrier; times += 1) {
      const text = sentence.replace(/\{(\d+)\}/g, (_, length) => {
        const digits = digitsOf(random, Number(length), true);
        return random() < 0.4 ? digits : spoken(digits, random, pick, isHeldOut);
      });
      lines.push({ text, spans: [] });
    }
  }
  for (const text of half(harmless)) lines.push({ text, spans: [] });
  return lines;
}

function filled(sentence: string, kind: string, value: string): SpokenLine {
  const start = sentence.indexOf('{}');
  return { text: sentence.replace('{}', () => value), spans: [{ start, end: start + value.length, kind }] };
}

function valueLike(kind: string, random: Random, pick: Pick, isHeldOut: boolean): string {
  const say = (digits: string, groups?: readonly number[]) => spoken(digits, random, pick, isHeldOut, groups);
  switch (kind) {
    case 'CARD': {
      const digits = cardOf(random, pick);
      return say(digits, digits.length === 15 ? [4, 6, 5] : [4, 4, 4, 4]);
    }
    case 'SSN': {
      const digits = digitsOf(random, 9, true);
      return random() < 0.3 ? digits.replace(/(...)(..)/, '$1-$2-') : say(digits, [3, 2, 4]);
    }
    case 'PHONE': {
      const area = `${pick(['2', '4', '5', '6', '7', '8'])}${digitsOf(random, 2, false)}`;
      const rest = digitsOf(random, 7, false);
      const way = random();
      if (way < 0.15) return `+44 7${digitsOf(random, 3, false)} ${digitsOf(random, 6, false)}`;
      if (way < 0.3) return `(${area}) ${rest.slice(0, 3)}-${rest.slice(3)}`;
      if (way < 0.4) return `plus one ${say(area + rest, [3, 3, 4])}`;
      if (way < 0.5) return `${say(area + rest, [3, 3, 4])} extension ${say(digitsOf(random, 3, false))}`;
      if (way < 0.6) return say(`0${area}${rest}`, [4, 3, 4]);
      return way < 0.7 ? say(rest, [3, 4]) : say(area + rest, [3, 3, 4]);
    }
    case 'EMAIL':
      return emailOf(random, pick, isHeldOut);
    case 'DATE_OF_BIRTH':
      return birthOf(random, pick, isHeldOut);
    case 'ADDRESS':
      return addressOf(random, pick, isHeldOut);
    case 'PERSON': {
      const name = `${pick(givens)} ${pick(families)}`;
      const way = random();
      if (way < 0.3) return name.replace(/\b\w/g, (letter) => letter.toUpperCase());
      if (way < 0.4) return [...pick(families)].join(isHeldOut ? '-' : ' ');
      return name;
    }
    case 'IP': {
      const parts = Array.from({ length: 4 }, () => String(Math.floor(random() * 254) + 1));
      if (random() < 0.4) return parts.join('.');
      const by = isHeldOut ? ' point ' : ' dot ';
      return parts.map((part) => (random() < 0.5 ? part : spellDigits(part).join(' '))).join(by);
    }
    default:
      return ibanOf(random, pick);
  }
}

function digitsOf(random: Random, length: number, isFirstFree: boolean): string {
  let digits = '';
  while (digits.length < length) {
    const digit = Math.floor(random() * 10);
    digits += digits === '' && !isFirstFree && digit === 0 ? 3 : digit;
  }
  return digits;
}

function cardOf(random: Random, pick: Pick): string {
  const start = pick(['4', '51', '55', '37', '6011']);
  const length = start === '37' ? 15 : 16;
  const body = start + digitsOf(random, length - 1 - start.length, true);
  let sum = 0;
  for (const [at, digit] of [...body].reverse().entries()) {
    const value = Number(digit) * (at % 2 === 0 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return body + ((10 - (sum % 10)) % 10);
}

function spellDigits(digits: string, zero = 'zero'): string[] {
  return [...digits].map((digit) => (digit === '0' ? zero : (ones[Number(digit)] ?? '')));
}

/** One of the ways in which people say digits; held out are the pauses and fillers the others have not. */
function spoken(
  digits: string,
  random: Random,
  pick: Pick,
  isHeldOut: boolean,
  groups: readonly number[] = [digits.length],
): string {
  const zero = pick(['zero', 'oh', 'zero', isHeldOut ? 'nought' : 'oh']);
  const parts: string[] = [];
  let at = 0;
  for (const length of groups) {
    parts.push(digits.slice(at, at + length));
    at += length;
  }
  const way = random();
  if (way < 0.15) return parts.join(pick(isHeldOut ? [' ', ', ', '... '] : [' ', '-', '.']));
  if (way < 0.25)
    return parts.map((part) => (random() < 0.5 ? part : spellDigits(part, zero).join(' '))).join(' ');
  const say = (part: string) => {
    if (way < 0.5) return repeated(part, zero);
    if (way < 0.62) return paired(part, zero);
    return spellDigits(part, zero).join(' ');
  };
  const fillers = isHeldOut
    ? [' ', '. ', ' um ', ' erm ', ' okay then ', ', and ', ' ... ']
    : [' ', ', ', ' uh ', ' and then ', ' dash '];
  return parts.map(say).join(way < 0.4 ? ' ' : pick(fillers));
}

/** "double three", "triple five". */
function repeated(digits: string, zero: string): string {
  return digits
    .replace(/(\d)\1{2}|(\d)\2|\d/g, (same) => {
      const word = spellDigits(same[0] ?? '', zero)[0] ?? '';
      return `${same.length === 3 ? 'triple ' : same.length === 2 ? 'double ' : ''}${word} `;
    })
    .trim();
}

/** "forty one eleven". */
function paired(digits: string, zero: string): string {
  if (digits.length % 2 === 1) return spellDigits(digits, zero).join(' ');
  return (digits.match(/../g) ?? []).map((pair) => twoDigits(pair, zero)).join(' ');
}

function twoDigits(pair: string, zero: string): string {
  const value = Number(pair);
  if (value < 10) return spellDigits(pair, zero).join(' ');
  if (value < 20) return ones[value] ?? '';
  const one = value % 10;
  return one === 0 ? (tens[value / 10] ?? '') : `${tens[Math.floor(value / 10)]} ${ones[one]}`;
}

function emailOf(random: Random, pick: Pick, isHeldOut: boolean): string {
  const first = pick(givens);
  const last = pick(families);
  const host = pick(hosts);
  const number = digitsOf(random, 2, false);
  const end = pick(['com', 'com', 'co dot uk', 'org']);
  const written = `${first}.${last}${random() < 0.5 ? number : ''}@${host}.${end.replace(' dot ', '.')}`;
  const ways = isHeldOut
    ? [
        `${first} hyphen ${last} at ${host} dot ${end}`,
        `${first}${last} all one word at ${host} dot ${end}`,
        `${[...first].join(' ')} dot ${[...last].join(' ')} at ${host} dot ${end}`,
        `${first} ${last} ${number} at ${host} dot ${end}`,
        `${first} dot ${last} at ${[...host].join(' ')} dot ${end}`,
        written,
      ]
    : [
        `${first} dot ${last} at ${host} dot ${end}`,
        `${first} underscore ${last} at ${host} dot ${end}`,
        `${first} dash ${last} ${spellDigits(number).join(' ')} at ${host} dot ${end}`,
        `${[...first].join('-')} at ${host} dot ${end}`,
        `${first} dot ${last}, all lowercase, at ${host} dot ${end}`,
        written,
      ];
  return pick(ways);
}

function birthOf(random: Random, pick: Pick, isHeldOut: boolean): string {
  const month = pick(months);
  const day = Math.floor(random() * 20);
  const tail = Math.floor(random() * 50) + 50;
  const year = `nineteen ${twoDigits(String(tail), 'oh')}`;
  const number = String(day + 1);
  const at = String(months.indexOf(month) + 1);
  const ways = isHeldOut
    ? [
        `${month} the ${days[day]} ${year}`,
        `the ${number}th of ${month}, 19${tail}`,
        `${number}.${at}.19${tail}`,
        `${spellDigits(at.padStart(2, '0'), 'oh').join(' ')} ${spellDigits(number.padStart(2, '0'), 'oh').join(' ')} ${year}`,
        `19${tail}-${at.padStart(2, '0')}-${number.padStart(2, '0')}`,
      ]
    : [
        `the ${days[day]} of ${month} ${year}`,
        `${month} ${days[day]} ${year}`,
        `${month} ${number}, 19${tail}`,
        `${at}/${number}/19${tail}`,
        `${days[day]} ${month} ${year}`,
        `${number} ${month} 19${tail}`,
      ];
  return pick(ways);
}

function addressOf(random: Random, pick: Pick, isHeldOut: boolean): string {
  const number = digitsOf(random, pick([2, 3, 3]), false);
  const street = `${pick(streets)} ${pick(streetEnds)}`;
  const town = pick(towns);
  const title = (text: string) => text.replace(/\b[a-z]/g, (letter) => letter.toUpperCase());
  const saidNumber = random() < 0.5 ? number : spellDigits(number, 'oh').join(' ');
  const ways = isHeldOut
    ? [
        `${saidNumber} ${street} flat ${pick(['2', '3b', 'four'])}`,
        title(`${number} ${street}, Suite ${digitsOf(random, 2, false)}, ${town}`),
        `${saidNumber} ${street} in ${town}`,
        `p o box ${saidNumber}`,
        `number ${saidNumber} ${street} ${town}`,
      ]
    : [
        `${saidNumber} ${street}`,
        title(`${number} ${street}`),
        `${saidNumber} ${street} apartment ${pick(['2', 'five', 'twelve'])}`,
        `${saidNumber} ${street} ${town}`,
        title(`${number} ${street}, ${town}`),
        `PO Box ${number}`,
      ];
  return pick(ways);
}

function ibanOf(random: Random, pick: Pick): string {
  const body = `${[...digitsOf(random, 4, true)].map((digit) => String.fromCharCode(65 + Number(digit) * 2)).join('')}${digitsOf(random, 14, true)}`;
  const valued = [...`${body}GB00`].map((character) => Number.parseInt(character, 36)).join('');
  let rest = 0;
  for (const digit of valued) rest = (rest * 10 + Number(digit)) % 97;
  const iban = `GB${String(98 - rest).padStart(2, '0')}${body}`;
  const way = random();
  if (way < 0.3) return iban;
  if (way < 0.5) return iban.replace(/(.{4})(?=.)/g, '$1 ');
  const isByAlphabet = way > 0.85;
  return [...iban]
    .map((character) => {
      if (/\d/.test(character)) return spellDigits(character)[0] ?? '';
      return isByAlphabet ? (alphabet[character.charCodeAt(0) - 65] ?? '') : pick([character.toLowerCase()]);
    })
    .join(' ');
}

/** mulberry32: the same numbers on every machine. */
function randomFrom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}
