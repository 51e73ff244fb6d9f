import type { VoiceMode } from '@vjj/shared/protocol/messages.ts';

/** How a caller behaves. */
export interface Manner {
  kind: 'open-mic' | 'push-to-talk' | 'listening' | 'silent';
  voiceMode: VoiceMode;
  /** A typed turn; absent: words are spoken. */
  says?: string;
  /** Spoken words of a turn, one each 100 ms: at least, at most. */
  words: readonly [number, number];
  /** Words of the numbered answer to it; 0: it is answered with a line. */
  answerWords: number;
  /** Between the end of an answer and the next turn: once to twice that long. */
  pauseMs: number;
}

/** What the agent is to count, for those who listen. */
export const firstAnswerWord = 10_001;
const countRequest = 'Please count for me';

/** Of ten callers three speak into an open microphone, three push to talk, two listen and two are silent. */
const mixture = [
  'open-mic',
  'push-to-talk',
  'listening',
  'open-mic',
  'silent',
  'push-to-talk',
  'open-mic',
  'listening',
  'push-to-talk',
  'silent',
] as const satisfies readonly Manner['kind'][];

/**
 * In short runs, which belong to tests, nobody has an open microphone: on a machine that is busy with other things its
 * frames come late, and workers rightly take that for the end of what was said.
 */
const shortMixture = ['push-to-talk', 'listening', 'push-to-talk', 'silent'] as const;

/** @param index number of the caller @param isShort turns of a second or two instead of several */
export function mannerOf(index: number, isShort: boolean): Manner {
  const among = isShort ? shortMixture : mixture;
  const kind: Manner['kind'] = among[index % among.length]!;
  const voiceMode = kind === 'open-mic' ? 'open-mic' : 'push-to-talk';
  const spoken = { words: isShort ? ([8, 16] as const) : ([15, 50] as const), answerWords: 0 };
  const pauseMs = isShort ? 700 : 1500;
  switch (kind) {
    case 'listening':
      return {
        kind,
        voiceMode,
        says: countRequest,
        words: [0, 0],
        answerWords: answerWordsOf(isShort),
        pauseMs,
      };
    case 'silent':
      return { kind, voiceMode, says: 'Do you hear me', words: [0, 0], answerWords: 0, pauseMs };
    default:
      return { kind, voiceMode, ...spoken, pauseMs };
  }
}

function answerWordsOf(isShort: boolean): number {
  return isShort ? 15 : 50;
}

/** What the emulator is told to say. */
export function scriptOf(isShort: boolean) {
  const count = Array.from({ length: answerWordsOf(isShort) }, (_, i) => firstAnswerWord + i).join(' ');
  return {
    answers: [{ when: countRequest, say: count }, { say: 'Yes, I hear you.' }],
    inputTranscriptMs: 150,
  };
}
