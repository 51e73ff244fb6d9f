import { stemmer } from '../../knowledge/stem.ts';
import { stopWords } from '../../knowledge/stop-words.ts';
import { concepts } from './concepts.ts';
import { plainEnglish } from './plain-english.ts';
import { type Quantity, readQuantities } from './quantities.ts';

/** Of how many something is said; "each" and "any" may mean every one. */
export type Extent = 'open' | 'each' | 'any' | 'every';

/** What a sentence says, apart from its wording: two that differ in anything but `terms` say different things. */
export interface Frame {
  /** What is talked of, each once. */
  readonly terms: ReadonlySet<string>;
  readonly quantities: readonly Quantity[];
  /** "per month". */
  readonly periods: ReadonlySet<string>;
  /** "breakfast and dinner". */
  readonly pairs: readonly (readonly [string, string])[];
  /** Denied, once or three times. */
  readonly isNegative: boolean;
  readonly extent: Extent;
  /** "not every", "not always". */
  readonly isNotEvery: boolean;
  /** "some", "usually", "almost", "only", and "not every". */
  readonly isPartial: boolean;
  /** "except", "unless", "but not". */
  readonly hasException: boolean;
  /** "might", "perhaps", "planned", "soon". */
  readonly isUncertain: boolean;
}

type Role = 'negation' | 'every' | 'any' | 'each' | 'part' | 'exception' | 'doubt' | 'grammar';

const wordsByRole: Readonly<Record<Role, string>> = {
  negation: 'not no never nobody nothing none neither nor without hardly unable',
  every: `all every always everyone everybody ever completely fully totally entirely absolutely perfectly anytime
everywhere`,
  any: 'any whatever whichever',
  each: 'each',
  part: `some sometimes usually often mostly most many few partly almost nearly generally typically normally only
occasionally largely mainly virtually practically several rarely seldom sort half`,
  exception: 'except unless',
  doubt:
    'might perhaps maybe possibly probably likely hopefully planned soon intend hope aim try should could',
  grammar: `own may use used uses using yes also really very quite simply just honestly actually definitely certainly
please happen happens happened it they them we us our ours you your yours i me my mine themselves itself find take takes
took bring offer offers offered provide provides provided give gives there exist exists fine nice nicely well real
enough anymore further extra whole mean means sure else within until anyone anybody`,
};
/** Left out in questions to the knowledge, but said of a product they say something. */
const meaningful = /^(?:back|may|through|out|over|same|once|more)$/;

const roles = new Map<string, Role>([
  ...[...stopWords('en')]
    .filter((word) => !meaningful.test(word))
    .map((word): [string, Role] => [word, 'grammar']),
  ...Object.entries(wordsByRole).flatMap(([role, list]) =>
    list.split(/\s+/).map((word): [string, Role] => [word, role as Role]),
  ),
]);
/** Deny, and of all times or people. */
const everyNegators = new Set(['never', 'nobody']);
/** Say how much, and what as well. */
const alsoTerms = new Set(['everything', 'nothing', 'anything']);

const stem = stemmer('en');
const { fold, groupOf, opposite } = concepts(stem);

export { groupOf };

const word =
  /\d+:\d\d|\d[\d,]*(?:\.\d+)?|per-[a-z]+|[\p{L}\p{M}][\p{L}\p{M}\p{N}]*(?:['-][\p{L}\p{M}\p{N}]+)*|[%$€£]/gu;
/** "No bank is cheaper than ours" denies nothing of ours. */
const unsurpassed = /\b(?:no|nobody|none|nothing)\b.*\b(?:better|worse|more|less|\w{3,}er)\b.*\bthan\b/;
const notEvery = /\bnot (?:\w+ )?(?:all|every|always|everything|each|completely|fully|entirely)\b/;

/** Reads an English sentence. @param plain as `plainEnglish` gives it */
export function readFrame(plain: string): Frame {
  const { quantities, rest } = readQuantities(plain.match(word) ?? []);
  const terms = new Set<string>();
  const periods = new Set<string>();
  const has = new Set<Role>();
  let negations = 0;
  for (const [at, each] of rest.entries()) {
    if (each.startsWith('per-')) {
      periods.add(each);
      continue;
    }
    const opposed = opposite(each);
    if (opposed !== undefined) negations++;
    const role = roles.get(each);
    if (role !== undefined) has.add(role);
    if (everyNegators.has(each)) has.add('every');
    if (role === 'negation') {
      if (rest[at - 1] === 'but') has.add('exception');
      else negations++;
    }
    if (role !== undefined && !alsoTerms.has(each)) continue;
    for (const part of (opposed ?? each).split('-')) terms.add(fold(stem(part)));
  }
  const left = rest.join(' ');
  const isUnsurpassed = unsurpassed.test(left);
  const isNotEvery = notEvery.test(left);
  const isEvery = (has.has('every') || terms.has('everyth')) && !isNotEvery && !isUnsurpassed;
  return {
    ...{ terms, quantities, periods, pairs: pairsIn(rest), isNotEvery },
    isNegative: (negations - (isUnsurpassed ? 1 : 0)) % 2 !== 0,
    extent: isEvery ? 'every' : has.has('any') ? 'any' : has.has('each') ? 'each' : 'open',
    isPartial: has.has('part') || isNotEvery,
    hasException: has.has('exception'),
    isUncertain: has.has('doubt'),
  };
}

/** The frame of a text as it is written. */
export function frameOf(text: string): Frame {
  return readFrame(plainEnglish(text));
}

function pairsIn(rest: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let at = 1; at < rest.length - 1; at++) {
    if (rest[at] !== 'and') continue;
    const [one, other] = [rest[at - 1]!, rest[at + 1]!];
    if (!roles.has(one) && !roles.has(other)) pairs.push([fold(stem(one)), fold(stem(other))]);
  }
  return pairs;
}
