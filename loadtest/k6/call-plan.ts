// What a call is, and how long it takes; nothing of k6.

export interface CallPlan {
  voiceMode: 'push-to-talk' | 'open-mic';
  /** Turns, then the call ends. */
  turns: number;
  /** From the end of an answer, as played, to the next turn. */
  pauseMs: number;
  answerMs: number;
}

export const frameMs = 100;
export const speechFrames = { 'push-to-talk': 3, 'open-mic': 20 };
export const openMicTurnFrames = 100;
/** No answer within this is none; with an open microphone, none until the next turn. */
export const answerLimitMs = 10_000;
/** Callers may have to wait in line. */
export const connectLimitMs = 45_000;
/** From `session.end` until the socket is closed. */
export const closingMs = 1000;
/** Until the first audio of a target that keeps up: the commit window, the emulator's model, and the way. */
const usualFirstAudioMs = 120;

/** From the beginning of a turn to the next one. */
export function turnMs(plan: CallPlan, firstAudioMs: number = usualFirstAudioMs): number {
  if (plan.voiceMode === 'open-mic') return openMicTurnFrames * frameMs;
  return (speechFrames[plan.voiceMode] - 1) * frameMs + firstAudioMs + plan.answerMs + plan.pauseMs;
}

/** A call that takes longer than this has failed. */
export function longestCallMs(plan: CallPlan): number {
  return connectLimitMs + plan.turns * turnMs(plan, answerLimitMs);
}
