import type { Inheritance } from '../inheritance.ts';
import { heardWords } from '../lanes/heard-words.ts';
import type { CutOff } from '../provider/provider.ts';
import type { AnswerInProgress } from './journal-entry.ts';

/** A message carries at most so much of an answer. */
const pieceMs = 200;
/**
 * By so much the words of an answer may be ahead of its sound, while more of both is to come: the service's are up to
 * 1.5 s, and not evenly. Taken for less, a word that was not heard counts as said, and nobody says it again.
 */
const wordsAheadMs = 2000;
/** Sounds are told apart no finer. */
const exactMs = 2;
/** Longer than any speech of so many letters takes, so that none of it counts as said. */
const owedMsPerLetter = 1000;

export interface Cut {
  /** `all` of the answer had left, `some`, or `none` of its words. */
  left: 'all' | 'some' | 'none';
  /** How much of its sound had, what came before its words included. */
  leftMs: number;
  /** The words that had left, of those the dead worker spoke. */
  words: string;
  /** How to go on with it. */
  cutOff: CutOff;
}

/**
 * How much of an answer has left since the journal was written, ms; negative: some of what it says has left did not
 * arrive. Rather too little than too much: what is said twice does no harm.
 */
export function soundSince({ entry, seq, connection, soundMs }: Inheritance): number {
  // Before an answer's own first sound, an acknowledgement may have been played.
  if (entry.speaker.state === 'A_PLAYING') return 0;
  if (connection === entry.connection && soundMs !== undefined && entry.soundMs !== undefined)
    return soundMs - entry.soundMs;
  // Over another connection it is only known which messages came, and not which of them were sound.
  return Math.min(0, seq - entry.seq) * pieceMs;
}

/**
 * Where an answer was when its worker died. What had left will be heard to its end: nobody throws it away.
 * @param sinceMs `soundSince` the journal was written
 */
export function cutOf(
  { before, text, isWhole, soundMs, releasedMs, prefaceMs, isPaused }: AnswerInProgress,
  sinceMs: number,
): Cut {
  const leftMs = Math.max(0, releasedMs + (isPaused ? Math.min(0, sinceMs) : sinceMs));
  const leftOfWordsMs = leftMs - prefaceMs;
  const wordsMs = soundMs - prefaceMs;
  const isAll = isWhole && leftOfWordsMs >= wordsMs - exactMs;
  const words = isAll ? text : heardWords(text, leftOfWordsMs, isWhole ? wordsMs : wordsMs + wordsAheadMs);
  const rest = text.slice(words.length).trim();
  return {
    left: isAll ? 'all' : words === '' && before === '' ? 'none' : 'some',
    leftMs,
    words,
    cutOff: { said: `${before} ${words}`.trim(), rest, isRestWhole: isWhole && rest !== '' },
  };
}

/** How to go on with it when this much more of it was said. @param words of the rest */
export function cutOffAfter(cutOff: CutOff, words: string): CutOff {
  return words === '' ? cutOff : { said: `${cutOff.said} ${words}`.trim(), rest: '', isRestWhole: false };
}

/** What of a cut-off answer is still owed, written down as an answer of which nothing has left. */
export function owedProgress({ said, rest, isRestWhole }: CutOff): AnswerInProgress {
  const soundMs = owedMsPerLetter * (rest.length + 1);
  return {
    before: said,
    text: rest,
    isWhole: isRestWhole,
    soundMs,
    releasedMs: 0,
    prefaceMs: 0,
    isPaused: true,
  };
}
