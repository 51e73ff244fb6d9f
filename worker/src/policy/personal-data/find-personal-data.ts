import { findAddresses } from './find-addresses.ts';
import { findCodes } from './find-codes.ts';
import { findEmails, findIbans, findIps } from './find-internet.ts';
import { findNumbers } from './find-numbers.ts';
import { findPersons } from './find-persons.ts';
import { type PersonalKind, type PersonalSpan, personalKinds } from './personal-span.ts';
import { type Token, tokensOf } from './tokens.ts';

/**
 * Personal data in a text, as written or as said, in order and without overlaps. Linear in the text.
 * @param withNames false: names are not looked for
 * @param tokens of the text, where they are known
 */
export function findPersonalData(
  text: string,
  withNames = true,
  tokens: readonly Token[] = tokensOf(text),
): PersonalSpan[] {
  // The surer a kind is of its shape, the earlier it takes its place.
  const found = [
    ...findEmails(tokens),
    ...findIbans(text),
    ...findIps(text),
    ...findCodes(tokens),
    ...findNumbers(text, tokens),
    ...findAddresses(text, tokens),
    ...(withNames ? findPersons(text, tokens) : []),
  ];
  const ranked = found
    .map((span, rank) => ({ span, rank }))
    .toSorted((a, b) => a.span.start - b.span.start || a.rank - b.rank);
  const kept: { span: PersonalSpan; rank: number }[] = [];
  for (const candidate of ranked) {
    let isKept = true;
    while (kept.length > 0) {
      const before = kept[kept.length - 1];
      if (before === undefined || before.span.end <= candidate.span.start) break;
      if (before.rank <= candidate.rank) {
        isKept = false;
        break;
      }
      kept.pop();
      // What the surer kind leaves of it stays.
      const end = text.slice(before.span.start, candidate.span.start).trimEnd().length + before.span.start;
      if (before.span.kind === 'ADDRESS' && end - before.span.start > 6) {
        kept.push({ span: { ...before.span, end }, rank: before.rank });
        break;
      }
    }
    if (isKept) kept.push(candidate);
  }
  return kept.map(({ span }) => span);
}

/** Of the texts looked at last; what is said is masked for the caller first, and for the record soon after. */
const known = new Map<string, readonly PersonalSpan[]>();
const mostKnown = 256;

/** The same for a whole text that may be asked about again. */
export function personalDataIn(text: string): readonly PersonalSpan[] {
  const before = known.get(text);
  if (before !== undefined) return before;
  const spans = findPersonalData(text);
  if (known.size === mostKnown) known.delete(known.keys().next().value!);
  known.set(text, spans);
  return spans;
}

/** What stands in place of each kind; it can be spoken. */
export const replacements: Readonly<Record<PersonalKind, string>> = {
  CARD: '[card number]',
  PHONE: '[phone number]',
  EMAIL: '[email address]',
  SSN: '[social security number]',
  IBAN: '[bank account number]',
  ADDRESS: '[address]',
  IP: '[internet address]',
  DATE_OF_BIRTH: '[date of birth]',
  LICENCE: '[licence number]',
  PERSON: '[name]',
};

/**
 * The text without its personal data.
 * @param kinds what is masked; names may stay where a caller is to be called by theirs
 */
export function masked(text: string, kinds: readonly PersonalKind[] = personalKinds): string {
  let safe = '';
  let at = 0;
  for (const { start, end, kind } of personalDataIn(text)) {
    if (!kinds.includes(kind)) continue;
    safe += text.slice(at, start) + replacements[kind];
    at = end;
  }
  return safe + text.slice(at);
}
