import type { SpeechFrame } from './speech-framer.ts';

/** Name the capture worklet registers under. */
export const captureWorkletName = 'capture';

export type CaptureCommand = 'start' | 'stop';

/** From the capture worklet: frames while it captures, and `stopped` after the last of them. */
export type CaptureReport = { type: 'frame'; frame: SpeechFrame } | { type: 'stopped' };
