import { RequestError } from '../api-error.ts';
import { newId } from '../ids.ts';
import { asSamples, decodeG711 } from '../speech/g711.ts';
import { numbersIn } from '../speech/numbered-words.ts';
import { type Transition, VoiceActivity } from './voice-activity.ts';
import type { AudioFormat, SemanticVad, ServerVad } from './wire.ts';

/** A commit with less is refused, ms. */
const MIN_COMMIT_MS = 100;

/** Audio that has become an item. */
export interface CommittedAudio {
  itemId: string;
  audioMs: number;
  /** What was said, when it was said in numbers. */
  numbers: readonly number[];
}

/**
 * The microphone's buffer. Only the length of the audio is kept, not the audio: nothing in the emulator listens to
 * what was said, but for numbered words.
 */
export class InputAudio {
  #receivedMs = 0;
  #pendingMs = 0;
  #numbers: number[] = [];
  #format: AudioFormat['type'] = 'audio/pcm';
  #activity: VoiceActivity | undefined;
  #detection: ServerVad | SemanticVad | null = null;
  /** The id that the item being spoken will have. */
  #itemId: string | undefined;

  /** Audio received since the session began, ms of audio time. */
  get receivedMs(): number {
    return this.#receivedMs;
  }

  get isSpeaking(): boolean {
    return this.#activity?.isSpeaking ?? false;
  }

  /** Takes over the session's settings; speech under way survives unless the detection itself changed. */
  configure(format: AudioFormat, detection: ServerVad | SemanticVad | null): void {
    this.#format = format.type;
    if (JSON.stringify(detection) === JSON.stringify(this.#detection)) return;
    this.#detection = detection;
    this.#restart();
  }

  /**
   * Takes in audio. It is decoded only when somebody must hear whether it is speech.
   *
   * @throws {RequestError} when it is no whole number of samples
   */
  append(base64: string): Transition[] {
    const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
    const bytes = Math.floor((base64.length * 3) / 4) - padding;
    const bytesPerMs = this.#format === 'audio/pcm' ? 48 : 8;
    if (this.#format === 'audio/pcm' && bytes % 2 === 1) {
      throw new RequestError('Invalid audio: PCM16 needs an even number of bytes.', {
        code: 'invalid_value',
        param: 'audio',
      });
    }
    this.#receivedMs += bytes / bytesPerMs;
    this.#pendingMs += bytes / bytesPerMs;
    this.#numbers.push(...numbersIn(base64));
    if (!this.#activity) return [];
    const decoded = Buffer.from(base64, 'base64');
    const samples = this.#format === 'audio/pcm' ? asSamples(decoded) : decodeG711(decoded, this.#format);
    return this.#activity.hear(samples, this.#format === 'audio/pcm' ? 24 : 8);
  }

  /** The id announced in `speech_started` and used again by the commit that follows. */
  announceItem(): string {
    this.#itemId ??= newId('item');
    return this.#itemId;
  }

  /**
   * Turns what the client has sent since the last item into one, speech under way included.
   *
   * @throws {RequestError} `input_audio_buffer_commit_empty` when it is less than 100 ms
   */
  commitPending(): CommittedAudio {
    if (this.#pendingMs < MIN_COMMIT_MS) {
      throw new RequestError(
        `Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but buffer only has ${this.#pendingMs.toFixed(2)}ms of audio.`,
        { code: 'input_audio_buffer_commit_empty' },
      );
    }
    const committed = this.commitSpeech(this.#pendingMs);
    this.#restart();
    return committed;
  }

  /** Turns speech whose end was heard (or a silence that was too long) into an item. */
  commitSpeech(audioMs: number): CommittedAudio {
    const itemId = this.announceItem();
    this.#itemId = undefined;
    this.#pendingMs = 0;
    const numbers = this.#numbers;
    this.#numbers = [];
    return { itemId, audioMs, numbers };
  }

  /** Throws away what has not been committed, speech under way included. */
  clear(): void {
    this.#pendingMs = 0;
    this.#numbers = [];
    this.#restart();
  }

  #restart(): void {
    this.#itemId = undefined;
    this.#activity = this.#detection ? new VoiceActivity(this.#detection, this.#receivedMs) : undefined;
  }
}
