/** Between statements of one sentence; what restricts the statement before it stays with it. */
const boundary =
  /\s*(?:[;:–—]|,? (?:and|but|so|while|whereas|although|though) (?=(?:we|our|you|your|it|there|the|all|every|this|that|they|i|what|no|some|any)\b)(?!\w+ (?:not|only)\b))\s*/iu;

/** The sentence itself, and then its statements if there are several. */
export function piecesOf(sentence: string): string[] {
  const pieces = sentence.split(boundary).filter((piece) => /\p{L}.*\s/u.test(piece));
  return pieces.length > 1 ? [sentence, ...pieces] : [sentence];
}
