import type { WordEvent } from './espeak.ts';

/** A word of the transcript and when it is heard, ms from the start of its audio. */
export interface TimedWord {
  text: string;
  startMs: number;
  endMs: number;
  /** False when the synthesiser gave no event for it and its share was guessed by length. */
  exact: boolean;
}

/**
 * Gives every written word of `text` its place in the audio.
 *
 * @param events    word events of the synthesiser (a number or an abbreviation yields several)
 * @param speechMs  where speech ends, ms
 */
export function timeWords(text: string, events: readonly WordEvent[], speechMs: number): TimedWord[] {
  const tokens = [...text.matchAll(/\S+/g)].map((match) => ({ text: match[0], at: match.index }));
  if (tokens.length === 0) return [];
  const starts: (number | undefined)[] = tokens.map((token, index) => {
    const end = tokens[index + 1]?.at ?? text.length + 1;
    const own = events.find((event) => event.at >= token.at && event.at < end);
    return own?.startMs;
  });
  starts[0] ??= 0;
  const words: TimedWord[] = [];
  for (let first = 0; first < tokens.length; ) {
    let next = first + 1;
    while (next < tokens.length && starts[next] === undefined) next++;
    const from = starts[first] ?? 0;
    const to = starts[next] ?? speechMs;
    // eSpeak NG runs small words together ("of the"); such a group shares its time by length.
    const group = tokens.slice(first, next);
    const letters = group.reduce((sum, token) => sum + token.text.length, 0);
    let startMs = from;
    for (const token of group) {
      const endMs = startMs + ((to - from) * token.text.length) / letters;
      words.push({
        text: token.text,
        startMs: Math.round(startMs),
        endMs: Math.round(endMs),
        exact: group.length === 1 && events.length > 0,
      });
      startMs = endMs;
    }
    first = next;
  }
  return words;
}
