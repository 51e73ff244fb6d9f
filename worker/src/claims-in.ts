import type { AllowedClaim } from './agents/agent.ts';

/** So many of a claim's words must stand in one sentence for it to be made. */
const share = 0.8;

/** The claims a text makes, by the words of its sentences. */
export function claimsIn(text: string, claims: readonly AllowedClaim[]): AllowedClaim[] {
  if (claims.length === 0) return [];
  const sentences = text.split(/(?<=[.!?])\s+/).map((sentence) => new Set(wordsOf(sentence)));
  return claims.filter((claim) => {
    const words = wordsOf(claim.text);
    return sentences.some(
      (sentence) => words.filter((word) => sentence.has(word)).length >= words.length * share,
    );
  });
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
