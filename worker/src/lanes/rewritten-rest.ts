/**
 * What of a corrected answer is still to be spoken, when some of its sound is kept.
 * @param text the answer as it was
 * @param safe the same as it may be said
 * @param keptMs sound that is kept, of `soundMs` for the whole of `text`
 * @returns the rest of `safe`, from the clause on that follows what is kept, as far as the two are the same
 */
export function rewrittenRest(text: string, safe: string, keptMs: number, soundMs: number): string {
  const same = sameBeginning(text, safe);
  return safe.slice(clauseAfter(text.slice(0, same), keptMs, (soundMs * same) / text.length));
}

/**
 * Where in a text a rewrite may begin: the clause that follows what is kept.
 * @param keptMs sound that is kept, of `totalMs` for the whole of `text`
 * @returns index of the first letter that must be said again
 */
export function clauseAfter(text: string, keptMs: number, totalMs: number): number {
  if (keptMs <= 0 || totalMs <= 0) return 0;
  const wanted = (text.length * keptMs) / totalMs;
  let best = 0;
  for (const { index } of text.matchAll(/(?<=[.!?;:,…])\s+/g)) {
    if (Math.abs(index - wanted) <= Math.abs(best - wanted)) best = index;
  }
  return best === 0 ? 0 : best + (text.slice(best).match(/^\s+/)?.[0].length ?? 0);
}

/** How many letters two texts have in common at their beginning. */
function sameBeginning(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  return at;
}
