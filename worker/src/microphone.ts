import { bytesOf, rms } from '@vjj/shared/audio.ts';
import type { VoiceMode } from '@vjj/shared/protocol/messages.ts';

/** Why microphone audio was not passed on. */
export type GuardReason = 'not_listening' | 'after_stop' | 'cooldown' | 'too_quiet';

/** Frames that were under way when the caller stopped are ignored for this long. */
const stopWindowMs = 200;
/** The voice service takes no utterance shorter than this. */
const minUtteranceBytes = bytesOf(100);

/** Frames kept back in this process, by reason. */
export const guarded: Record<GuardReason, number> = {
  not_listening: 0,
  after_stop: 0,
  cooldown: 0,
  too_quiet: 0,
};

export interface MicrophoneOptions {
  cooldownMs: number;
  minRms: number;
}

/** What becomes of the caller's audio: passed on, replaced by silence, or kept back. Echo of the agent's own voice must not pass. */
export class Microphone {
  readonly #options: MicrophoneOptions;
  mode: VoiceMode = 'push-to-talk';
  #closedUntilMs = 0;
  #stoppedUntilMs = 0;
  #bufferedBytes = 0;
  #lastAppendMs = 0;

  constructor(options: MicrophoneOptions) {
    this.#options = options;
  }

  /** When audio was last passed on. */
  get lastAppendMs(): number {
    return this.#lastAppendMs;
  }

  /** The utterance is long enough to be understood. */
  get hasUtterance(): boolean {
    return this.#bufferedBytes >= minUtteranceBytes;
  }

  /** The caller heard, or will have heard, the agent until then; what comes within the cooldown may be its echo. */
  playbackEnds(atMs: number): void {
    this.#closedUntilMs = atMs + this.#options.cooldownMs;
  }

  /** The caller means to be heard at once. */
  open(): void {
    this.#closedUntilMs = 0;
    this.#stoppedUntilMs = 0;
  }

  /** The caller stopped talking; frames still under way are not meant. */
  stop(nowMs: number): void {
    this.#stoppedUntilMs = nowMs + stopWindowMs;
    this.#bufferedBytes = 0;
  }

  /** The utterance was handed over; the next one begins empty. */
  taken(): void {
    this.#bufferedBytes = 0;
  }

  /**
   * Judges a frame.
   * @returns `pass`, `silence` (open-mic: the voice service's detector counts audio time and must hear pauses), or `drop`
   */
  judge(pcm: Buffer, isListening: boolean, nowMs: number): 'pass' | 'silence' | 'drop' {
    const reason = this.#guard(isListening, nowMs);
    if (reason !== undefined) {
      guarded[reason]++;
      return 'drop';
    }
    if (rms(pcm) < this.#options.minRms) {
      guarded.too_quiet++;
      if (this.mode === 'push-to-talk') return 'drop';
      this.#append(pcm, nowMs);
      return 'silence';
    }
    this.#append(pcm, nowMs);
    return 'pass';
  }

  #guard(isListening: boolean, nowMs: number): GuardReason | undefined {
    if (!isListening) return 'not_listening';
    if (nowMs < this.#stoppedUntilMs) return 'after_stop';
    if (nowMs < this.#closedUntilMs) return 'cooldown';
    return undefined;
  }

  #append(pcm: Buffer, nowMs: number): void {
    this.#bufferedBytes += pcm.length;
    this.#lastAppendMs = nowMs;
  }
}
