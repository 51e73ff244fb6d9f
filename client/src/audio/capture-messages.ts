import type { SpeechFrame } from './speech-framer.ts';

/** Name the capture worklet registers under. */
export const captureWorkletName = 'capture';

/** `record` is a `start` for which a source that rests is silence; without it, it is nothing. */
export type CaptureCommand = 'start' | 'record' | 'stop';

/** From the capture worklet: frames while it captures, and `stopped` after the last of them. */
export type CaptureReport =
  /** Of a recording, before its first frame and whenever it is known better; `at`: of its first sample, by the clock of the context, s. */
  { type: 'started'; at: number } | { type: 'frame'; frame: SpeechFrame } | { type: 'stopped' };
