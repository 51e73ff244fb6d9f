import { bytesOf, durationMs, rms } from '@vjj/shared/audio.ts';
import { monotonicMs, type Ticker } from '@vjj/shared/clock.ts';
import type { VoiceMode } from '@vjj/shared/protocol/messages.ts';
import { encodeBase64 } from './base64.ts';
import type { CallerAudio } from './client-frame.ts';
import { HeldSilence } from './held-silence.ts';
import { EchoRing } from './lanes/echo-ring.ts';
import { silenceBase64 } from './silence.ts';

/** Why microphone audio was not passed on. */
export type GuardReason = 'not_listening' | 'after_stop' | 'cooldown' | 'too_quiet';

/** Between the last append and the commit, so that the voice service has taken the audio in (runbook of the earlier server; intentional). */
const commitWindowMs = 50;
/** Frames that were under way when the caller stopped are ignored for this long. */
const stopWindowMs = 200;
/** The voice service takes no utterance shorter than this. */
const minUtteranceBytes = bytesOf(100);
/** When frames stop in the middle of speech for so long, silence is fed: the detector counts audio time. */
const frameGapMs = 250;
const fedSilenceMs = 100;

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
  ticker: Ticker;
}

/** Where the caller's audio goes. */
export interface MicrophoneLine {
  /** @param base64 in ASCII, good until the call returns */
  append(base64: Buffer): void;
  commit(): void;
  clear(): void;
  /** A frame was passed on: how long it is, and whether somebody speaks in it. */
  passed(ms: number, isLoud: boolean): void;
}

/** What becomes of the caller's audio: passed on, replaced by silence, or kept back. Echo of the agent's own voice must not pass. */
export class Microphone {
  readonly #options: MicrophoneOptions;
  readonly #line: MicrophoneLine;
  readonly #ring: EchoRing;
  mode: VoiceMode = 'push-to-talk';
  /** Frames are repeated that another worker has heard: when they come says nothing of when they were spoken. */
  isRepeated = false;
  #closedUntilMs = 0;
  #stoppedUntilMs = 0;
  readonly #held = new HeldSilence();
  #bufferedBytes = 0;
  #lastAppendMs = 0;
  #commitTimer: NodeJS.Timeout | undefined;
  #isInSpeech = false;

  constructor(options: MicrophoneOptions, line: MicrophoneLine) {
    this.#options = options;
    this.#line = line;
    this.#ring = new EchoRing(options.minRms);
  }

  /** An utterance is about to be handed over; what comes now belongs to none. */
  get isCommitting(): boolean {
    return this.#commitTimer !== undefined;
  }

  /** A frame of the caller. */
  hear({ pcm, base64 }: CallerAudio, isListening: boolean, nowMs: number): void {
    const reason = this.#guard(isListening && !this.isCommitting, nowMs);
    if (reason !== undefined) {
      guarded[reason]++;
      this.#ring.push(pcm);
      return;
    }
    this.#ring.clear();
    const isLoud = rms(pcm) >= this.#options.minRms;
    if (!isLoud) guarded.too_quiet++;
    if (isLoud) this.#appendSpeech(base64 ?? encodeBase64(pcm), pcm.length, nowMs);
    // The detector of an open microphone counts audio time, and must hear the pauses.
    else if (this.mode === 'open-mic') this.#appendSilence(pcm.length, nowMs);
    this.#line.passed(durationMs(pcm.length), isLoud);
  }

  /** The caller means to be heard at once, with what they began to say before that was known. */
  open(nowMs: number): void {
    this.#closedUntilMs = 0;
    this.#stoppedUntilMs = 0;
    const begun = this.#ring.takeSpeech();
    if (begun.length > 0) this.#appendSpeech(encodeBase64(begun), begun.length, nowMs);
  }

  /** The caller heard, or will have heard, the agent until then; what comes within the cooldown may be its echo. */
  playbackEnds(atMs: number): void {
    // Told again with the frames: it was when another worker had the call, and what is said now is no echo of it.
    if (this.isRepeated) return;
    this.#closedUntilMs = atMs + this.#options.cooldownMs;
  }

  /** The caller stopped talking; frames still under way are not meant. */
  stop(nowMs: number): void {
    this.forget();
    this.#ring.clear();
    this.#stoppedUntilMs = nowMs + stopWindowMs;
  }

  /** What was said and not committed is forgotten. */
  forget(): void {
    clearTimeout(this.#commitTimer);
    this.#commitTimer = undefined;
    this.#bufferedBytes = 0;
    this.#held.take();
    this.#line.clear();
  }

  /** The voice service has taken the utterance by itself; the next one begins empty. */
  taken(): void {
    this.#bufferedBytes = 0;
  }

  /**
   * Hands the utterance over when the commit window is past.
   * @returns false: there was too little to be understood, and it is forgotten
   */
  commitSoon(): boolean {
    if (this.isCommitting) return true;
    if (this.#bufferedBytes < minUtteranceBytes) {
      this.forget();
      return false;
    }
    this.#commitWhenTakenIn();
    return true;
  }

  /** Open-mic: the detector hears speech, or its end. */
  speech(isGoingOn: boolean): void {
    if (isGoingOn === this.#isInSpeech) return;
    this.#isInSpeech = isGoingOn;
    if (isGoingOn) this.#options.ticker.add(this.#feedSilence);
    else this.#options.ticker.remove(this.#feedSilence);
  }

  close(): void {
    clearTimeout(this.#commitTimer);
    this.speech(false);
  }

  #guard(isListening: boolean, nowMs: number): GuardReason | undefined {
    if (!isListening) return 'not_listening';
    if (this.isRepeated) return undefined;
    if (nowMs < this.#stoppedUntilMs) return 'after_stop';
    if (nowMs < this.#closedUntilMs) return 'cooldown';
    return undefined;
  }

  #appendSpeech(base64: Buffer, bytes: number, nowMs: number): void {
    this.#held.heardSpeech(nowMs);
    this.#append(base64, bytes, nowMs);
  }

  #appendSilence(bytes: number, nowMs: number): void {
    if (!this.#isInSpeech && this.#held.holds(bytes, nowMs)) return;
    const all = this.#held.take() + bytes;
    this.#append(silenceBase64(all), all, nowMs);
  }

  /** What was held back comes first. */
  #append(base64: Buffer, bytes: number, nowMs: number): void {
    const held = this.#held.take();
    if (held > 0) this.#line.append(silenceBase64(held));
    this.#bufferedBytes += held + bytes;
    this.#lastAppendMs = nowMs;
    this.#line.append(base64);
  }

  #commitWhenTakenIn(): void {
    // Asked again when the timer fires: timers run up to a few milliseconds early.
    const waitMs = this.#lastAppendMs + commitWindowMs - monotonicMs();
    if (waitMs > 0) {
      this.#commitTimer = setTimeout(() => this.#commitWhenTakenIn(), Math.ceil(waitMs));
      return;
    }
    this.#commitTimer = undefined;
    this.#bufferedBytes = 0;
    this.#line.commit();
  }

  readonly #feedSilence = (nowMs: number): void => {
    if (nowMs - this.#lastAppendMs < frameGapMs) return;
    const bytes = bytesOf(fedSilenceMs);
    this.#append(silenceBase64(bytes), bytes, nowMs - frameGapMs + fedSilenceMs);
  };
}
