/** A claim the agent may not make. */
export interface DisallowedClaim {
  /** By its place in the agent's file: the log names it, and must not hold what was said. */
  readonly id: string;
  /** Global: `lastIndex` says where it begins to look, and is set before each use. */
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
      'giu',
    ),
  };
}

/** Characters before what is new in which a claim may have begun: longer than any claim of a file. */
const longestClaim = 1_000;

/** Which of the claims a text that grows has made so far; the time per piece does not grow with the text. */
export class ClaimsMade {
  readonly #made = new Set<DisallowedClaim>();
  readonly #claims: readonly DisallowedClaim[];
  #looked = 0;

  constructor(claims: readonly DisallowedClaim[]) {
    this.#claims = claims;
  }

  /** @param text all of it so far, which goes on from the text before; when it is whole, all of it is looked at again */
  soFar(text: string, isWhole: boolean): readonly DisallowedClaim[] {
    const made = new Set(this.#made);
    for (const claim of this.#claims) {
      if (made.has(claim)) continue;
      const { pattern } = claim;
      pattern.lastIndex = isWhole ? 0 : Math.max(0, this.#looked - longestClaim);
      if (!pattern.test(text)) continue;
      made.add(claim);
      // Its last word may go on.
      if (pattern.lastIndex < text.length) this.#made.add(claim);
    }
    this.#looked = text.length;
    return made.size === 0 ? [] : this.#claims.filter((claim) => made.has(claim));
  }
}

/** The text without what may not be claimed. */
export function withoutClaims(text: string, claims: readonly DisallowedClaim[]): string {
  let safe = text;
  for (const { pattern } of claims) safe = safe.replace(pattern, '');
  return safe === text ? text : safe.replace(/\s{2,}/g, ' ').trim();
}
