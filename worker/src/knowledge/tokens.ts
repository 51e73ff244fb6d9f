/**
 * About how many tokens of a language model a text has: a token is about four ASCII characters, and at worst one
 * character of any other script.
 */
export function estimateTokens(text: string): number {
  let ascii = 0;
  let other = 0;
  for (const character of text) {
    if (character.codePointAt(0)! < 128) ascii++;
    else other++;
  }
  return Math.ceil(ascii / 4 + other);
}
