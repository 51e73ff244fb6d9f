import workletUrl from './capture.worklet.ts?worker&url';
import { type CaptureCommand, type CaptureReport, captureWorkletName } from './capture-messages.ts';

/** The sound of a node from a moment on, silence included, in a context of 24,000 Hz. */
export class Recording {
  readonly #context: BaseAudioContext;
  readonly #pieces: Int16Array[] = [];
  #recordedSamples = 0;
  /** When it began, by the clock of the context, s. */
  #startedAt: number;

  private constructor(context: BaseAudioContext, startedAt: number) {
    this.#context = context;
    this.#startedAt = startedAt;
  }

  /** Resolves when it has begun. */
  static async of(source: AudioNode): Promise<Recording> {
    const { context } = source;
    await context.audioWorklet.addModule(workletUrl);
    const node = new AudioWorkletNode(context, captureWorkletName, { numberOfOutputs: 0 });
    source.connect(node);
    return new Promise((resolve) => {
      let recording: Recording | undefined;
      node.port.onmessage = ({ data }: MessageEvent<CaptureReport>) => {
        if (data.type === 'started') {
          recording ??= new Recording(context, data.at);
          recording.#startedAt = data.at;
          resolve(recording);
        } else if (data.type === 'frame' && recording !== undefined) recording.#add(data.frame.samples);
      };
      node.port.postMessage('record' satisfies CaptureCommand);
    });
  }

  #add(samples: Int16Array): void {
    this.#pieces.push(samples);
    this.#recordedSamples += samples.length;
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
