export type PatternName = 'seed' | 'open-mic' | 'idle';

export const frameMs = 100;

export interface Pattern {
  voiceMode: 'push-to-talk' | 'open-mic';
  /** Frames of speech at the beginning of a turn. */
  speechFrames: number;
  /** Frames of silence that follow, before the next turn; 0: the microphone is closed. */
  silenceFrames: number;
  /** From the end of an answer, as played, to the next turn. */
  pauseMs: number;
  /** One turn in so many is interrupted by the caller; 0: none. */
  interruptedIn: number;
}

/** `seed`: three chunks, commit, two seconds; `open-mic`: a turn every ten seconds, of which the answer is four. */
export const patterns: Readonly<Record<Exclude<PatternName, 'idle'>, Pattern>> = {
  seed: { voiceMode: 'push-to-talk', speechFrames: 3, silenceFrames: 0, pauseMs: 2000, interruptedIn: 0 },
  'open-mic': {
    voiceMode: 'open-mic',
    speechFrames: 20,
    silenceFrames: 80,
    pauseMs: 0,
    interruptedIn: 4,
  },
};

/** When an interruption comes, after the first audio of the answer. */
export const interruptAfterMs = 1500;

/** Length of the answers of a pattern unless told otherwise. */
export const answerMsOf: Readonly<Record<PatternName, number>> = { seed: 300, 'open-mic': 4000, idle: 300 };
