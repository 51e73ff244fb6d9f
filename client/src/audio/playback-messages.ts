import type { PlaybackStats } from './playback-queue.ts';

/** Name the playback worklet registers under. */
export const playbackWorkletName = 'playback';

/** To the playback worklet. `flush` begins a new generation: reports of the old one say nothing of what follows. */
export type PlaybackCommand =
  | { type: 'push'; samples: Int16Array; answer: number }
  | { type: 'endAnswer' }
  | { type: 'flush'; generation: number };

/** From the playback worklet, every 27 ms while it plays and at every end. */
export interface PlaybackReport {
  generation: number;
  /** Samples that entered the queue in this generation. */
  pushedSamples: number;
  queuedSamples: number;
  answerPlayedSamples: number;
  /** An answer's last sample was played. */
  isAnswerPlayed: boolean;
  stats: PlaybackStats;
}
