import type { SemanticVad, ServerVad } from './wire.ts';

/** Loudness is judged over stretches of this length. */
const WINDOW_MS = 20;
/** So much of it in a row is speech, not a click. */
const ONSET_MS = 60;

/** What semantic detection would take for the end, by eagerness: ms of silence. */
const SEMANTIC_SILENCE_MS = { high: 300, auto: 600, medium: 600, low: 1200 } as const;
const SEMANTIC_PREFIX_MS = 300;

export type Transition = { type: 'started'; audioStartMs: number } | { type: 'stopped'; audioEndMs: number };

/**
 * Finds speech by loudness. It counts the audio's own time, never the clock's: a client that stops
 * sending in mid-speech is never heard to stop.
 */
export class VoiceActivity {
  readonly #rms: number;
  readonly #prefixMs: number;
  readonly #silenceMs: number;
  #nowMs: number;
  #squares = 0;
  #samples = 0;
  #loudMs = 0;
  #quietMs = 0;
  #speaking = false;
  #lastEndMs: number;

  /** @param startMs audio already received in the session when detection was turned on */
  constructor(settings: ServerVad | SemanticVad, startMs: number) {
    const threshold = settings.type === 'server_vad' ? settings.threshold : 0.5;
    // 0.5 → 300 of 32,768: above a quiet room, below quiet speech.
    this.#rms = 40 + 520 * threshold;
    this.#prefixMs = settings.type === 'server_vad' ? settings.prefix_padding_ms : SEMANTIC_PREFIX_MS;
    this.#silenceMs =
      settings.type === 'server_vad' ? settings.silence_duration_ms : SEMANTIC_SILENCE_MS[settings.eagerness];
    this.#nowMs = startMs;
    this.#lastEndMs = startMs;
  }

  get isSpeaking(): boolean {
    return this.#speaking;
  }

  /**
   * Hears more audio.
   *
   * @param samples       PCM16
   * @param samplesPerMs  24 for PCM, 8 for G.711
   */
  hear(samples: Int16Array, samplesPerMs: number): Transition[] {
    const transitions: Transition[] = [];
    const windowSamples = WINDOW_MS * samplesPerMs;
    for (let at = 0; at < samples.length; ) {
      const end = Math.min(samples.length, at + windowSamples - this.#samples);
      this.#samples += end - at;
      // Every second sample is enough to judge loudness.
      for (; at < end; at += 2) this.#squares += (samples[at] ?? 0) ** 2;
      at = end;
      if (this.#samples < windowSamples) break;
      const rms = Math.sqrt((2 * this.#squares) / windowSamples);
      this.#squares = 0;
      this.#samples = 0;
      this.#nowMs += WINDOW_MS;
      const transition = this.#step(rms > this.#rms);
      if (transition) transitions.push(transition);
    }
    return transitions;
  }

  #step(loud: boolean): Transition | undefined {
    if (loud) {
      this.#quietMs = 0;
      this.#loudMs += WINDOW_MS;
      if (this.#speaking || this.#loudMs < ONSET_MS) return undefined;
      this.#speaking = true;
      const start = Math.max(this.#lastEndMs, this.#nowMs - this.#loudMs - this.#prefixMs);
      return { type: 'started', audioStartMs: Math.round(start) };
    }
    this.#loudMs = 0;
    if (!this.#speaking) return undefined;
    this.#quietMs += WINDOW_MS;
    if (this.#quietMs < this.#silenceMs) return undefined;
    this.#speaking = false;
    this.#quietMs = 0;
    this.#lastEndMs = this.#nowMs;
    return { type: 'stopped', audioEndMs: Math.round(this.#nowMs) };
  }
}
