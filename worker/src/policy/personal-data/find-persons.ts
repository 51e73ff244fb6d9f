import { bitsOf, wordBits } from './known-names.ts';
import type { PersonalSpan } from './personal-span.ts';
import type { Token } from './tokens.ts';

const { given, family, dictionary, language, place, frequent, brand } = wordBits;
const aName = given | family;

const titles = new Set(
  'mr mrs ms mx miss dr prof professor sir madam mister doctor lady lord herr frau señor señora monsieur madame captain sergeant judge nurse reverend officer senator uncle aunt auntie'.split(
    ' ',
  ),
);
const particles = new Set(
  'de da do dos das del della di du la le van von der den des ten ter te zu zum bin binti ibn al el af av y mac mc st'.split(
    ' ',
  ),
);
/** Capitalised words that are no part of a name, in lists or not. */
const others = new Set(
  (
    'the a an i he she it we they you my your his her our their this that these those what why how who where when which is ' +
    'are was were do does did can could would should will have has had in on at to of for from with by and but or if so as ' +
    'not no yes please hi hello hey thanks thank dear sincerely regards cheers sorry sure great good okay monday tuesday ' +
    'wednesday thursday friday saturday sunday january february march april june july august september october november ' +
    'december god united kingdom states princess prince royal border force port southern northern eastern western central there here then name im ive ill whats thats its lets spelled spelt wrong unlike during between among zoolander hobbits'
  ).split(' '),
);
const organisations = new Set(
  (
    'incorporated corporation limited ltd inc llc llp plc corp company group technologies orchestra university college ' +
    'school hospital bank institute foundation association gmbh partners sons consulting ' +
    'industries county city street road avenue tales investments associates insurance markets systems solutions services ' +
    'holdings capital ventures labs media international global motors airlines airways hotel restaurant cafe café bar grill ' +
    'pizza museum church stadium airport station park bridge river lake mountain tower center centre library theatre theater ' +
    'bed guesthouse house lodge inn hostel restaurant steakhouse diner tavern pub bistro brasserie kitchen garden gardens arms villa ' +
    'award awards prize cup league fc united records studios pictures press news times post journal elsevier price insight'
  ).split(' '),
);
/** What only somebody does. */
const doing = new Set(
  (
    'lives lived says said told sang wrote works worked spent asked moved flew resigned joined thinks sold plays ' +
    'shouted wants wanted needs speaking calling here got loves likes hates knows went speaks signed paid ordered booked'
  ).split(' '),
);
const owned =
  /^(?:address|phone|email|birthday|name|number|wife|husband|son|daughter|mother|father|house|mobile|passport|account|mom|mum|dad|sister|brother|kid|card)$/;
const kin =
  /^(?:kid|son|daughter|wife|husband|brother|sister|friend|mother|father|mom|mum|dad|boss|colleague|neighbour|neighbor|partner|cousin|boyfriend|girlfriend|fiancé|fiancée|roommate|assistant|manager)$/;
const towards =
  /^(?:for|with|tell|told|ask|asked|call|called|email|text|by|said|says|add|and|or|named|contact|message|to|from|meet|me|him|her|starring|about)$/;
const within = /^(?:in|at|near|to|from|of|the|into|around|visit|visiting)$/;
/** After these a name follows, whatever it is. */
const introduced =
  /(?:name is|name ?:|name's|name will be|name it's|name it is|surname is|surname ?:|names are|named|calls me|call me|known as|goes by|go by|under the name|under the name of|in the name of|on behalf of|name of|name on it is|cardholder|account holder)$/;
/** After these a name may follow, or anything else. */
const presented =
  /(?:i am|i'm|im|this is|it's|it is|dear|hi|hello|hey|signed|regards|regards ,|sincerely ,|thanks ,|cheers ,|speaking with|speaking to|speak to|speak with|talk to|talk with|ask for|looking for|attn|attention|contact|named him|named her)$/;

/** Names that are said to be names, titled, spelled out, known, or written as names are in running text. */
export function findPersons(text: string, tokens: readonly Token[]): PersonalSpan[] {
  const spans: PersonalSpan[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token?.kind !== 'word') continue;
    const last = saidAt(text, tokens, at) ?? writtenAt(text, tokens, at);
    if (last === undefined) continue;
    if (last < 0) {
      at = -last - 1;
      continue;
    }
    spans.push({ start: token.start, end: nameEnd(tokens[last]), kind: 'PERSON' });
    at = last;
  }
  return withMates(text, tokens, spans);
}

/** What stands in a list beside names, or repeats one, is one: "Kónya, Becker and Vasquez". */
function withMates(text: string, tokens: readonly Token[], spans: readonly PersonalSpan[]): PersonalSpan[] {
  if (spans.length === 0) return [];
  const starts = new Set(spans.map(({ start }) => start));
  const ends = new Set(spans.map(({ end }) => end));
  const repeated = new Set<string>();
  for (const { start, end } of spans)
    for (const part of text
      .slice(start, end)
      .toLowerCase()
      .split(/[\s.-]+/))
      if (part.length > 3) repeated.add(part);
  const all: PersonalSpan[] = [];
  let held = 0;
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === undefined) continue;
    while (held < spans.length && (spans[held]?.end ?? 0) <= token.start) {
      const span = spans[held];
      if (span !== undefined) all.push(span);
      held += 1;
    }
    const span = spans[held];
    if (token.kind !== 'word' || (span !== undefined && span.start <= token.start)) continue;
    const bits = bitsOf(token);
    if ((bits & (language | place | brand)) !== 0 || token.text.length < 3 || others.has(token.low)) continue;
    const end = nameEnd(token);
    const next = tokens[at + 1];
    const before = tokens[at - 1];
    const isAlone = !isPart(next) && !(isPart(before) && before?.end === token.start - 1);
    if (organisations.has(next?.low ?? '') || next?.text === '-' || before?.text === '-') continue;
    const isMate =
      isCapitalised(token) &&
      isAlone &&
      ((/^(?:and|or|,|&)$/.test(next?.low ?? '') && starts.has(tokens[at + 2]?.start ?? -1)) ||
        (/^(?:and|or|,|&)$/.test(before?.low ?? '') && ends.has(tokens[at - 2]?.end ?? -1) && bits !== 0));
    if (
      (!isMate && !(isAlone && repeated.has(text.slice(token.start, end).toLowerCase()))) ||
      isPartOfFirm(text, tokens, at, at)
    )
      continue;
    all.push({ start: token.start, end, kind: 'PERSON' });
    starts.add(token.start);
    ends.add(end);
  }
  return [...all, ...spans.slice(held)];
}

/** The last token of a name written with capitals; below zero: how far there is none. */
function writtenAt(text: string, tokens: readonly Token[], at: number): number | undefined {
  if (!isCapitalised(tokens[at])) return undefined;
  // The second half of "Ramsey-Johnson".
  if (tokens[at - 1]?.text === '-' && !tokens[at]?.isApart) return undefined;
  if (isStarting(text, tokens, at) && !isLikelyAtStart(tokens, at)) return undefined;
  let last = at;
  while (last - at < 6 && continues(text, tokens, last + 1)) last += 1;
  while (tokens[last]?.text === '.' || tokens[last]?.text === '-' || particles.has(tokens[last]?.low ?? ''))
    last -= 1;
  if (last < at) return undefined;
  return isPerson(text, tokens, at, last) ? last : -last - 1;
}

/** A sentence begins with a capital whatever its first word is: only names that are hardly words count there. */
function isLikelyAtStart(tokens: readonly Token[], at: number): boolean {
  const bits = bitsOf(tokens[at]);
  if ((bits & language) === 0) return true;
  const next = bitsOf(tokens[at + 1]);
  return (bits & aName) !== 0 && isCapitalised(tokens[at + 1]) && (next & aName) !== 0;
}

/** A name in lower case, or shouted: as transcripts of speech have them. */
function saidAt(text: string, tokens: readonly Token[], at: number): number | undefined {
  const token = tokens[at];
  if (token === undefined || others.has(token.low)) return undefined;
  const isPlain = token.text === token.low;
  if (!isPlain && token.text !== token.text.toUpperCase()) return undefined;
  if (token.text.length < 2 || (!isPlain && token.text.length < 3)) return undefined;
  const lead = leadOf(tokens, at);
  const bits = bitsOf(token);
  const isTitled =
    titles.has(tokens[at - 1]?.low ?? '') ||
    (tokens[at - 1]?.text === '.' && /^(?:mr|mrs|ms|dr|prof)$/.test(tokens[at - 2]?.low ?? ''));
  const isIntroduced = introduced.test(lead);
  if (isIntroduced || isTitled) {
    if ((bits & aName) === 0 && (bits !== 0 || (token.text.length < 3 && !isTitled))) return undefined;
    if (
      isTitled &&
      !isIntroduced &&
      (bits & language) !== 0 &&
      /^(?:nurse|judge|officer|captain|lady|lord|miss|sir|doctor)$/.test(tokens[at - 1]?.low ?? '')
    )
      return undefined;
    return said(text, tokens, at, true);
  }
  if ((bits & aName) === 0 || (bits & (language | brand)) !== 0) return undefined;
  const last = said(text, tokens, at, false);
  if (last > at && (bits & given) !== 0) return last;
  if ((bits & (given | family)) !== 0 && presented.test(lead) && (bits & place) === 0)
    return (bits & given) !== 0 || last > at ? last : undefined;
  const next = tokens[at + 1]?.low ?? '';
  if (!isPlain) return undefined;
  if ((bits & frequent) === 0 || (bits & (dictionary | place)) !== 0) {
    return (bits & given) !== 0 && /['’]s$/.test(token.text) && owned.test(next) ? at : undefined;
  }
  return organisations.has(next) ? undefined : at;
}

/** How far a name in one case goes on: further names, initials and particles. */
function said(text: string, tokens: readonly Token[], at: number, isSure: boolean): number {
  let last = at;
  for (let on = at + 1; on < Math.min(tokens.length, at + 4); on += 1) {
    const token = tokens[on];
    const before = tokens[on - 1];
    if (token === undefined || before === undefined || /['’]s$/.test(before.text)) break;
    if (text.slice(before.end, token.start).includes('\n')) break;
    if (token.text === '-' && !token.isApart) continue;
    if (token.kind !== 'word' || others.has(token.low)) break;
    const bits = bitsOf(token);
    const isFree = isSure && bits === 0 && token.text.length > 2 && last - at < 2;
    const isInitial = token.text.length === 1 && token.low !== 'a' && (bitsOf(tokens[on + 1]) & family) !== 0;
    if (particles.has(token.low) || isInitial) continue;
    if (
      isFree ||
      ((bits & aName) !== 0 && (bits & language) === 0) ||
      ((bits & family) !== 0 && on === at + 1 && isSure && (bits & (language | dictionary)) !== 0)
    )
      last = on;
    else break;
  }
  return last;
}

function nameEnd(token: Token | undefined): number {
  return token === undefined ? 0 : token.end - (/['’]s$/.test(token.text) ? 2 : 0);
}

function continues(text: string, tokens: readonly Token[], at: number): boolean {
  const token = tokens[at];
  const before = tokens[at - 1];
  if (token === undefined || before === undefined || /['’]s$/.test(before.text)) return false;
  if (text.slice(before.end, token.start).includes('\n')) return false;
  if (token.text === '.')
    return /^\p{Lu}$/u.test(before.text) && before.text.length === 1 && isPart(tokens[at + 1]);
  if (token.text === '-') return !token.isApart && isPart(tokens[at + 1]);
  if (particles.has(token.low) && !isCapitalised(token)) {
    const next = tokens[at + 1];
    return isPart(next) || (particles.has(next?.low ?? '') && isPart(tokens[at + 2]));
  }
  return isPart(token);
}

/** A capitalised word within a name, or an initial. */
function isPart(token: Token | undefined): boolean {
  return token !== undefined && (/^\p{Lu}$/u.test(token.text) ? token.low !== 'i' : isCapitalised(token));
}

/** Capitalised, not shouted, and no word that only the language uses. */
function isCapitalised(token: Token | undefined): boolean {
  if (token === undefined || token.kind !== 'word' || others.has(token.low)) return false;
  // "I've" is nobody.
  if (/^i['’]/.test(token.low) || !/^\p{Lu}[\p{L}\p{M}'’]*[\p{Ll}]/u.test(token.text)) return false;
  const bits = bitsOf(token);
  return (bits & ~dictionary) !== language && (bits & (aName | place)) !== place;
}

const placeStarts =
  /^(?:san|santa|los|las|new|fort|saint|st|mount|lake|cape|port|rio|el|la|le|sao|são|tel|abu|hong|kuala|buenos|puerto)$/;

/** Whether a capitalised stretch is somebody: by what is known of its words, and by what stands around it. */
function isPerson(text: string, tokens: readonly Token[], first: number, last: number): boolean {
  const before = tokens[first - 1];
  const low = before?.low ?? '';
  const next = tokens[last + 1];
  const isNextNear = next !== undefined && !text.slice(tokens[last]?.end, next.start).includes('\n');
  const isNextCapital = isNextNear && next.kind === 'word' && /^\p{Lu}/u.test(next.text);
  if (isNextCapital && organisations.has(next.low)) return false;
  if (
    organisations.has(tokens[last]?.low ?? '') &&
    ((bitsOf(tokens[last]) & family) === 0 || last - first >= 2)
  )
    return false;
  if (
    last > first &&
    placeStarts.test(tokens[first]?.low ?? '') &&
    (bitsOf(tokens[last]) & place || /^(?:mount|lake|fort|cape)$/.test(tokens[first]?.low ?? ''))
  )
    return false;
  const isTitled = titles.has(low) || (low === '.' && titles.has(tokens[first - 2]?.low ?? ''));
  if (isTitled) return true;
  let names = 0;
  let givens = 0;
  let families = 0;
  let knowns = 0;
  let lasting = 0;
  let isHyphened = false;
  for (let at = first; at <= last; at += 1) {
    const token = tokens[at];
    if (token?.text === '-') isHyphened = true;
    if (token?.kind !== 'word' || token.text.length < 2 || !isCapitalised(token)) continue;
    const bits = bitsOf(token);
    names += 1;
    lasting = bits;
    if (bits & brand) return false;
    if (bits & aName && !(bits & language)) knowns += 1;
    if (bits & given && !(bits & language)) givens += 1;
    if (bits & family || (bits === 0 && isFamilyByEnding(token.text))) families += 1;
  }
  const lead = leadOf(tokens, first);
  if (introduced.test(lead)) return names <= 4;
  if (/name \?$/.test(lead) || / name [?:]$/.test(lead)) return true;
  if (presented.test(lead)) return names <= 3 && (knowns > 0 || (names === 2 && !(lasting & language)));
  const nextLow = isNextNear ? next.low : '';
  if (isPartOfFirm(text, tokens, first, last)) return false;
  if (names > 1) {
    if (isHyphened && names === 2) return givens === 2 && doubled.test(tokens[first]?.low ?? '');
    if (names > 4) return false;
    if (givens > 0 && (bitsOf(tokens[first]) & given) !== 0) return true;
    if (/^(?:in|at|near|the)$/.test(low) || (isNextCapital && !others.has(next.low))) return false;
    return (
      families > 0 ||
      (names === 2 &&
        knowns === 0 &&
        !within.test(low) &&
        /[^\p{ASCII}]/u.test(text.slice(tokens[first]?.start, tokens[last]?.end))) ||
      (names <= 3 && knowns === 0 && (doing.has(nextLow) || (towards.test(low) && !within.test(low))))
    );
  }
  // "Russell Investments", "Jensen Street": a name that names something else.
  if (isNextCapital && !others.has(next.low))
    return givens > 0 && (lasting & frequent) !== 0 && (lasting & place) === 0 && low !== 'the';
  if (names === 1 && kin.test(low)) return true;
  if (doing.has(nextLow)) return true;
  if (/['’]s$/.test(tokens[last]?.text ?? '') && (owned.test(nextLow) || givens > 0)) return true;
  if (lasting & place)
    return givens > 0 && (lasting & frequent) !== 0 && towards.test(low) && !within.test(low);
  if (lasting & language) return towards.test(low) && !within.test(low) && (lasting & frequent) !== 0;
  if (givens > 0) return !(/^(?:in|near|at)$/.test(low) && families === 0 && (lasting & frequent) === 0);
  if (families > 0 && low !== 'san' && low !== 'st')
    return (
      !/^(?:in|at|near|from|to|of)$/.test(low) &&
      ((lasting & dictionary) === 0 || !isStarting(text, tokens, first))
    );
  return false;
}

/** "at Jones, Mitchell and Williams", "the Clark and Hall Orchestra", "Thomas and Sons": a firm named after people. */
function isPartOfFirm(text: string, tokens: readonly Token[], first: number, last: number): boolean {
  let from = first;
  let to = last;
  while (first - from < 8 && isListed(tokens, from - 1) && isListName(tokens[from - 2])) from -= 2;
  while (to - last < 8 && isListed(tokens, to + 1) && isListName(tokens[to + 2])) to += 2;
  if (from === to) return false;
  const end = tokens[to];
  if (end === undefined || /^(?:Sons|Partners|Brothers|Associates|Daughters)$/.test(end.text)) return true;
  const next = tokens[to + 1];
  if (next !== undefined && firmEnds.test(next.text)) return true;
  let joined = '';
  for (let at = from + 1; at < to; at += 2) if (!isListName(tokens[at])) joined += tokens[at]?.low ?? '';
  if (joined.includes('&')) return true;
  if (!joined.includes('and')) return false;
  const before = tokens[from - 1];
  if (/^(?:the|at|from|for|join|joined|left)$/.test(before?.low ?? ''))
    return joined.includes(',') || before?.low === 'the';
  return (
    joined.includes(',') &&
    isStarting(text, tokens, from) &&
    (next === undefined || text.slice(end.end, next.start).includes('\n'))
  );
}
const firmEnds =
  /^(?:Orchestra|Inc|LLC|Ltd|PLC|Group|Company|Corporation|Associates|Partners|Consulting|LLP|Co|Limited|Holdings)$/;

function isListed(tokens: readonly Token[], at: number): boolean {
  return /^(?:,|and|&)$/.test(tokens[at]?.low ?? '');
}

function isListName(token: Token | undefined): boolean {
  return token?.kind === 'word' && /^\p{Lu}\p{L}*\p{Ll}/u.test(token.text);
}

const doubled =
  /^(?:anna?|anne|mary|marie|maria|jean|hans|karl|carl|lars|per|jan|claire|lisa|eva|jo|billy|bobby|peggy|min|ji|seo|hye|marc|paul|pierre|john|klaus|ernst|heinz|lou|emma|sarah|rose|lee|ann)$/;

/** Family names that their endings give away. */
function isFamilyByEnding(word: string): boolean {
  return (
    word.length > 5 &&
    /(?:[oe]va?|sk[aiy]|ská|ský|ová|ić|ič|vic|vich|vna|sson|sdóttir|dottir|arson|dsen|rsen|nsen|tsen|ksen|lsen|berg|quist|qvist|ström|gård|enko|chuk|czyk|wicz|ewski|escu|poulos|idis|akis|oğlu|oglu|yan|shvili|adze|nen|[áí]ček|[eé]nez|[aá]ndez|[ií]guez|[aá]lez|inho|elli|etti|ucci|acci)$/u.test(
      word,
    )
  );
}

/** Up to four words before, with single spaces. */
function leadOf(tokens: readonly Token[], at: number): string {
  let lead = '';
  for (let back = Math.min(at, 4); back >= 1; back -= 1) lead += ` ${tokens[at - back]?.low ?? ''}`;
  return lead.trim();
}

function isStarting(text: string, tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1];
  if (before === undefined || /^[.!?:"“”>*•]$/.test(before.text)) return true;
  return text.slice(before.end, tokens[at]?.start).includes('\n');
}
