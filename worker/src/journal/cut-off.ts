import { heardWords } from '../lanes/heard-words.ts';
import type { CutOff } from '../provider/provider.ts';
import type { AnswerInProgress } from './journal-entry.ts';

/** Most messages that follow each other while an answer plays carry at most so much of it. */
const pieceMs = 100;
/** What is left of an answer when so little of it is left is its silence at the end. */
const restMs = 150;

export interface Cut {
  /** `all` of the answer had left, `some`, or `none` of its words. */
  left: 'all' | 'some' | 'none';
  /** The words that had left, of those the dead worker spoke. */
  words: string;
  /** How to go on with it. */
  cutOff: CutOff;
}

/**
 * Where an answer was when its worker died. What had left will be heard to its end: nobody throws it away.
 * @param sinceMs between the journal's last write and the death
 * @param messages sent to the client in that time; negative: some of those before have not arrived
 */
export function cutOf(
  { before, text, isWhole, soundMs, releasedMs, prefaceMs, isPaused }: AnswerInProgress,
  sinceMs: number,
  messages: number,
): Cut {
  const sinceThenMs = isPaused ? 0 : Math.min(Math.max(0, sinceMs), messages * pieceMs);
  const leftMs = releasedMs + sinceThenMs - prefaceMs;
  const wholeMs = soundMs - prefaceMs;
  const isAll = isWhole && leftMs >= wholeMs - restMs;
  const words = isAll ? text : heardWords(text, leftMs, wholeMs);
  const rest = text.slice(words.length).trim();
  return {
    left: isAll ? 'all' : words === '' && before === '' ? 'none' : 'some',
    words,
    cutOff: { said: `${before} ${words}`.trim(), rest, isRestWhole: isWhole && rest !== '' },
  };
}
