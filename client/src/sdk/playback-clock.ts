/** What the call asks of whoever plays its audio, to tell the server what was really heard. */
export interface PlaybackClock {
  /** Whether audio that was handed over is still to be heard. */
  isPlaying(): boolean;
  /** Milliseconds of the current answer (one answer number on one lane) that were really played. */
  playedMs(): number;
}
