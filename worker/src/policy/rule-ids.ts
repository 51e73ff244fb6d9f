import { categories } from './moderation/category.ts';
import { allPatterns } from './moderation/patterns/all-patterns.ts';
import { personalKinds } from './personal-data/personal-span.ts';

/** Every id that a policy decision may be logged with, and that an agent may except. */
const ids: ReadonlySet<string> = new Set([
  ...allPatterns.map(({ id }) => id),
  ...categories.flatMap((category) => [`classifier:${category}`, `provider:${category}`]),
  ...personalKinds.map((kind) => `PII:${kind}`),
]);

/** An exception with one of these signs is meant to be an id; without, it is a phrase. */
export function looksLikeRuleId(exception: string): boolean {
  return /[.:]/.test(exception);
}

export function isRuleId(exception: string): boolean {
  return ids.has(exception);
}

/** The id that was probably meant. */
export function rulesLike(exception: string): string[] {
  const [family = ''] = exception.split(/[.:]/);
  return [...ids].filter((id) => id.toLowerCase().startsWith(family.toLowerCase()));
}
