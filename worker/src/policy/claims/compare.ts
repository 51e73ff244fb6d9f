import { type Frame, groupOf } from './frame.ts';
import { sameQuantities } from './quantities.ts';

/** Why a sentence and a claim cannot say the same, however alike they sound. */
export type Conflict = 'negation' | 'figure' | 'extent' | 'exception' | 'certainty' | 'other thing';

/** Shares, 0–1, of the claim's terms that the sentence has, and of the sentence's that the claim has. */
export function sharedTerms(sentence: Frame, claim: Frame): { recall: number; precision: number } {
  let shared = 0;
  for (const term of claim.terms) if (has(sentence.terms, term)) shared++;
  const of = (terms: ReadonlySet<string>) => (terms.size === 0 ? 0 : Math.min(1, shared / terms.size));
  return { recall: of(claim.terms), precision: of(sentence.terms) };
}

/** Also "withdraw" for "withdrawal": one begins with the other. */
function has(terms: ReadonlySet<string>, term: string): boolean {
  if (terms.has(term)) return true;
  if (term.length < 5) return false;
  for (const other of terms) {
    if (other.length < 5) continue;
    const length = Math.min(term.length, other.length, 7);
    if (term.slice(0, length) === other.slice(0, length)) return true;
  }
  return false;
}

/** @param isStrict the claim is made only by what holds as widely: it is one that must not be made */
export function conflictOf(sentence: Frame, claim: Frame, isStrict: boolean): Conflict | undefined {
  if (sentence.isNegative !== claim.isNegative) return 'negation';
  if (!sameQuantities(sentence.quantities, claim.quantities) || !isSameSet(sentence.periods, claim.periods))
    return 'figure';
  if (sentence.hasException !== claim.hasException) return 'exception';
  if (sentence.isUncertain !== claim.isUncertain) return 'certainty';
  if (sentence.isPartial !== claim.isPartial) return 'extent';
  const isWider = claim.extent === 'open' && !claim.isNegative && /any|every/.test(sentence.extent);
  const isNarrower = claim.extent === 'every' && sentence.extent === 'open';
  if (isWider || (isStrict && isNarrower)) return 'extent';
  return namesOther(sentence, claim) ? 'other thing' : undefined;
}

/** "front" where the claim says "back", or "breakfast and dinner" where it says "breakfast". */
function namesOther(sentence: Frame, claim: Frame): boolean {
  if (sentence.pairs.some(([one, other]) => claim.terms.has(one) !== claim.terms.has(other))) return true;
  for (const term of sentence.terms) {
    const group = groupOf(term);
    if (group === undefined || claim.terms.has(term)) continue;
    for (const other of claim.terms) if (groupOf(other) === group && !sentence.terms.has(other)) return true;
  }
  return false;
}

function isSameSet(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every((each) => other.has(each));
}
