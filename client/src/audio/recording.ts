import workletUrl from './capture.worklet.ts?worker&url';
import { type CaptureCommand, type CaptureReport, captureWorkletName } from './capture-messages.ts';

/** The sound of a node from a moment on, silence included, in a context of 24,000 Hz. */
export class Recording {
  readonly #context: BaseAudioContext;
  readonly #pieces: Int16Array[] = [];
  #recordedSamples = 0;
  /** When it began, by the clock of the context, s. */
  #startedAt = Number.POSITIVE_INFINITY;

  private constructor(context: BaseAudioContext) {
    this.#context = context;
  }

  /** Resolves when it has begun. */
  static async of(source: AudioNode): Promise<Recording> {
    const { context } = source;
    await context.audioWorklet.addModule(workletUrl);
    const node = new AudioWorkletNode(context, captureWorkletName, { numberOfOutputs: 0 });
    source.connect(node);
    const recording = new Recording(context);
    await new Promise<void>((resolve) => {
      node.port.onmessage = ({ data }: MessageEvent<CaptureReport>) => {
        if (data.type === 'frame') recording.#add(data.frame.samples);
        resolve();
      };
      node.port.postMessage('start' satisfies CaptureCommand);
    });
    return recording;
  }

  #add(samples: Int16Array): void {
    this.#pieces.push(samples);
    this.#recordedSamples += samples.length;
    // Frames come late by more or less, never early: the least late one tells best when the first began.
    const startedAt = this.#context.currentTime - this.#recordedSamples / this.#context.sampleRate;
    this.#startedAt = Math.min(this.#startedAt, startedAt);
  }

  /** Where in the recording now is, ms. */
  nowMs(): number {
    return (this.#context.currentTime - this.#startedAt) * 1_000;
  }

  /** PCM16, mono, 24,000 Hz, so far. */
  samples(): Int16Array<ArrayBuffer> {
    const all = new Int16Array(this.#recordedSamples);
    let at = 0;
    for (const piece of this.#pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  }
}
