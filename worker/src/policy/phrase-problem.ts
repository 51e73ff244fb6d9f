/** What only patterns have: repeated groups and dots, classes, alternatives, escapes, anchors. */
const signsOfPatterns = /[.)\]][*+]|\w\*(?!\w)|\(\?|\[[^\]]*\]|\||\\|\{\d+,?\d*\}|^\^|[)\]}*+.]\$$/u;

/** Why a phrase of an agent's file would not do what was meant; undefined when it is fine. */
export function phraseProblem(phrase: string): string | undefined {
  if (!/[\p{L}\p{N}]/u.test(phrase)) return `the phrase “${phrase}” has no words`;
  if (signsOfPatterns.test(phrase))
    return `the phrase “${phrase}” looks like a regular expression; phrases are words, taken as they stand`;
  return undefined;
}
