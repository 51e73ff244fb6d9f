import { sampleRate } from '@vjj/shared/protocol/messages.ts';
import { toPcm16 } from '../sdk/pcm.ts';

/** Length of a frame, ms; short enough for a level meter and for noticing speech early. */
export const frameMs = 20;
const frameSamples = (sampleRate / 1_000) * frameMs;

export interface SpeechFrame {
  /** PCM16 at 24,000 Hz; 20 ms, or less at the end of a capture. */
  samples: Int16Array;
  /** Root mean square, 0 to 1. */
  rms: number;
}

/** Cuts a microphone's samples into frames, at 24,000 Hz whatever the device runs at. Runs inside the audio worklet. */
export class SpeechFramer {
  /** Input samples for one output sample; 1 where the browser gives 24,000 Hz. */
  readonly #step: number;
  readonly #onFrame: (frame: SpeechFrame) => void;
  #frame = new Int16Array(frameSamples);
  #filled = 0;
  #sumOfSquares = 0;
  /** How far the input is into the output sample being averaged, and its sum so far. */
  #phase = 0;
  #sum = 0;
  #count = 0;

  constructor(inputRate: number, onFrame: (frame: SpeechFrame) => void) {
    this.#step = inputRate / sampleRate;
    this.#onFrame = onFrame;
  }

  push(input: Float32Array): void {
    if (this.#step === 1) for (const sample of input) this.#add(sample);
    else this.#resample(input);
  }

  /** Hands out what is left, shorter than a frame. */
  finish(): void {
    if (this.#filled > 0) this.#emit();
    this.#phase = 0;
    this.#sum = 0;
    this.#count = 0;
  }

  /** The mean of the inputs each output covers: crude, but it keeps what lies above 12 kHz from folding back loudly. */
  #resample(input: Float32Array): void {
    for (const sample of input) {
      this.#sum += sample;
      this.#count++;
      this.#phase++;
      while (this.#phase >= this.#step) {
        this.#phase -= this.#step;
        this.#add(this.#count === 0 ? sample : this.#sum / this.#count);
        this.#sum = 0;
        this.#count = 0;
      }
    }
  }

  #add(sample: number): void {
    this.#frame[this.#filled++] = toPcm16(sample);
    this.#sumOfSquares += sample * sample;
    if (this.#filled === frameSamples) this.#emit();
  }

  #emit(): void {
    const samples = this.#frame.slice(0, this.#filled);
    const rms = Math.sqrt(this.#sumOfSquares / this.#filled);
    this.#filled = 0;
    this.#sumOfSquares = 0;
    this.#onFrame({ samples, rms });
  }
}
