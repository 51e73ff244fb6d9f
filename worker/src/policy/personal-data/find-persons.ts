import type { PersonalSpan } from './personal-span.ts';
import type { Token } from './tokens.ts';

const titles = new Set('mr mrs ms miss dr prof professor sir madam mister doctor'.split(' '));
/** Capitalised words that are no part of a name. */
const others = new Set(
  (
    'the a an i he she it we they you my your his her our their this that these those what why how who where when which is ' +
    'are was were do does did can could would should will have has had in on at to of for from with by and but or if so as ' +
    'not no yes please hi hello hey thanks thank dear sincerely monday tuesday wednesday thursday friday saturday sunday ' +
    'january february march april may june july august september october november december god there here then name ' +
    'address phone email date ltd inc llc plc corp company group university college school hospital church city county ' +
    'street road avenue north south east west new york london united states kingdom america europe england france germany ' +
    'spain italy ok okay mobile desk fax office directed action adventure animation comedy kids family mystery suspense ' +
    'mission statement civil border force guilty pleasures consumer reports research analytics entertainment weekly war world day days labor car album song cautionary tales orchestra museum institute international ' +
    'rights act title civil royal princess prince queen king info personal awarded salesperson former internet google amazon restaurant bot user incorporated corporation southern northern eastern western central african asian european labour prime minister president senator governor chief officer executive manager director award awards magazine times news show story club hotel hall park river lake mount island islands republic kingdom union federal national technologies systems solutions bank national association foundation act dream big three killed baby white stripes tube snake boogie'
  ).split(' '),
);
const organisations = new Set(
  'incorporated corporation limited royal act version song songs album care ltd inc llc plc corp company group technologies orchestra university college school hospital bank institute foundation association gmbh ag partners sons consulting industries county city street road avenue tales'.split(
    ' ',
  ),
);
/** Where people come from, and go to. */
const lands = new Set(
  (
    'afghanistan albania algeria argentina armenia australia austria azerbaijan bangladesh belarus belgium bolivia bosnia ' +
    'brazil bulgaria cambodia cameroon canada chile china colombia croatia cuba cyprus czech czechia denmark ecuador egypt ' +
    'estonia ethiopia finland georgia ghana greece greenland greenlander hungary iceland india indonesia iran iraq ireland ' +
    'israel jamaica japan jordan kazakhstan kenya korea kuwait latvia lebanon libya lithuania luxembourg malaysia malta ' +
    'mexico moldova monaco mongolia morocco nepal netherlands zealand nicaragua nigeria norway pakistan panama paraguay peru ' +
    'philippines poland portugal qatar romania russia rwanda serbia singapore slovakia slovenia somalia africa spain sweden ' +
    'switzerland syria taiwan tanzania thailand tunisia turkey uganda ukraine uruguay venezuela vietnam zimbabwe american ' +
    'australian austrian belgian brazilian british canadian chinese croatian danish dutch english estonian finnish french ' +
    'german greek hungarian icelandic indian irish italian japanese korean latvian mexican norwegian polish portuguese ' +
    'russian scottish slovenian spanish swedish swiss turkish welsh paris london berlin budapest rome madrid tokyo'
  ).split(' '),
);
/** What only somebody does, or has. */
const doing = new Set(
  'lives lived says said told sang wrote works worked began spent asked called born married died moved flew had songwriter resigned joined thinks sold plays'.split(
    ' ',
  ),
);
const owned =
  /^(?:address|phone|email|birthday|name|number|wife|husband|son|daughter|mother|father|house|mobile|passport)$/;

/** Names that are said to be names, titled, spelled out, or written as names are in running text. */
export function findPersons(text: string, tokens: readonly Token[]): PersonalSpan[] {
  const spans: PersonalSpan[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const spelled = spelledAt(tokens, at);
    if (spelled !== undefined) {
      spans.push({ start: tokens[at]?.start ?? 0, end: tokens[spelled]?.end ?? 0, kind: 'PERSON' });
      at = spelled;
      continue;
    }
    if (!isName(tokens[at])) continue;
    let last = at;
    while (last - at < 5 && continues(text, tokens, last + 1)) last += 1;
    while (tokens[last]?.text === '.' || tokens[last]?.text === '-') last -= 1;
    const names = tokens
      .slice(at, last + 1)
      .filter(({ kind, text: name }) => kind === 'word' && name.length > 1).length;
    if (isPerson(tokens, at, last, names)) {
      spans.push({ start: tokens[at]?.start ?? 0, end: nameEnd(tokens[last]), kind: 'PERSON' });
    }
    at = last;
  }
  return spans;
}

function nameEnd(token: Token | undefined): number {
  return token === undefined ? 0 : token.end - (/['’]s$/.test(token.text) ? 2 : 0);
}

function continues(text: string, tokens: readonly Token[], at: number): boolean {
  const token = tokens[at];
  const before = tokens[at - 1];
  if (token === undefined || before === undefined || /['’]s$/.test(before.text)) return false;
  if (text.slice(before.end, token.start).includes('\n')) return false;
  if (token.text === '.') return before.text.length === 1 && isName(tokens[at + 1], true);
  if (token.text === '-') return !token.isApart && isName(tokens[at + 1]);
  return isName(token, true);
}

/** Capitalised, not shouted, and not a word of the language. */
function isName(token: Token | undefined, isInside = false): boolean {
  if (token === undefined || token.kind !== 'word' || others.has(token.low) || lands.has(token.low))
    return false;
  if (isInside && /^\p{Lu}$/u.test(token.text)) return true;
  return /^\p{Lu}\p{M}*['’]?\p{L}*[\p{Ll}]/u.test(token.text) && token.text.length > 1;
}

/** Whether a capitalised stretch is somebody: by what stands around it. */
function isPerson(tokens: readonly Token[], first: number, last: number, names: number): boolean {
  const before = tokens[first - 1];
  const before2 = tokens[first - 2];
  const before3 = tokens[first - 3];
  const low = before?.low ?? '';
  if (organisations.has(tokens[last + 1]?.low ?? '') || organisations.has(tokens[last]?.low ?? ''))
    return false;
  if (titles.has(low) || (low === '.' && titles.has(before2?.low ?? ''))) return true;
  const lead = `${before3?.low ?? ''} ${before2?.low ?? ''} ${low}`;
  if (
    /(?:name is|name ?:|named|called|calls me|i am|i'm|this is|name's|dear|hi|hello|signed|regards ,)$/.test(
      lead.trim(),
    )
  )
    return names <= 3;
  if (/name \?$/.test(lead) || / name [?:]$/.test(lead)) return true;
  const next = tokens[last + 1]?.low ?? '';
  if (
    names === 1 &&
    /^(?:kid|son|daughter|wife|husband|brother|sister|friend|says|said|by|add|tell|with)$/.test(low)
  )
    return true;
  if (names === 1 && /^(?:the|in|at|to|from|of|near)$/.test(low)) return false;
  if (names <= 3 && doing.has(next)) return true;
  if (names === 1) return /['’]s$/.test(tokens[last]?.text ?? '') && owned.test(next);
  return names <= 3 && low !== 'the' && !/^(?:in|at|to|from|near|for)$/.test(low);
}

/** "J O H N" and "S-M-I-T-H": four and more single letters. */
function spelledAt(tokens: readonly Token[], at: number): number | undefined {
  if (!isLetter(tokens[at])) return undefined;
  let last = at;
  let letters = 1;
  for (let on = at + 1; on < Math.min(tokens.length, at + 48); on += 1) {
    if (isLetter(tokens[on])) {
      letters += 1;
      last = on;
    } else if (!/^[-.,]$/.test(tokens[on]?.text ?? '')) break;
  }
  return letters >= 4 ? last : undefined;
}

function isLetter(token: Token | undefined): boolean {
  return token?.kind === 'word' && token.text.length === 1;
}
