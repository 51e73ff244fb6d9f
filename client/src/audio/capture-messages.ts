import type { SpeechFrame } from './speech-framer.ts';

/** Name the capture worklet registers under. */
export const captureWorkletName = 'capture';

export type CaptureCommand = 'start' | 'stop';

/** From the capture worklet: frames while it captures, `started` before the first and `stopped` after the last of them. */
export type CaptureReport =
  /** `at`: of its first sample, by the clock of the context, s. */
  { type: 'started'; at: number } | { type: 'frame'; frame: SpeechFrame } | { type: 'stopped' };
