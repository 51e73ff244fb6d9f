/** A claim the agent may not make. */
export interface DisallowedClaim {
  /** By its place in the agent's file: the log names it, and must not hold what was said. */
  readonly id: string;
  /** Without the global flag. */
  readonly pattern: RegExp;
}

/** By its place in the agent's file, from 1. */
export function disallowedClaimId(place: number): string {
  return `disallowed-claim-${place}`;
}

/** "We cannot promise that …": what follows is not claimed. */
const disclaimed =
  "(?:\\b(?:not|cannot|nobody can|no one can)|n['’]t)\\s+(?:\\p{L}+\\s+){0,2}?(?:guarantee|promise|say|claim|assure(?:\\s+you)?|true|believe|ensure)(?:\\s+you)?(?:\\s+that)?(?:\\s+the|\\s+our|\\s+a)?\\s+";

/** A claim as a pattern: whole words, any case, any white space, and what ends the sentence with it. */
export function disallowedClaim(text: string, place: number): DisallowedClaim {
  const words = text
    .replace(/[.!?]+$/, '')
    .trim()
    .split(/\s+/)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return {
    id: disallowedClaimId(place),
    pattern: new RegExp(
      `(?<![\\p{L}\\p{N}]|${disclaimed})${words.join('\\s+')}(?![\\p{L}\\p{N}])[.!?]*`,
      'iu',
    ),
  };
}

/** The text without what may not be claimed. */
export function withoutClaims(text: string, claims: readonly DisallowedClaim[]): string {
  let safe = text;
  for (const { pattern } of claims) safe = safe.replace(new RegExp(pattern.source, `${pattern.flags}g`), '');
  return safe === text ? text : safe.replace(/\s{2,}/g, ' ').trim();
}
