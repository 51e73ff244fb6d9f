import workletUrl from './capture.worklet.ts?worker&url';
import { type CaptureCommand, type CaptureReport, captureWorkletName } from './capture-messages.ts';

/** The sound of a node from a moment on, silence included, in a context of 24,000 Hz. */
export class Recording {
  readonly #context: BaseAudioContext;
  readonly #startedAt: number;
  readonly #pieces: Int16Array[] = [];

  private constructor(node: AudioWorkletNode) {
    this.#context = node.context;
    this.#startedAt = node.context.currentTime;
    node.port.onmessage = ({ data }: MessageEvent<CaptureReport>) => {
      if (data.type === 'frame') this.#pieces.push(data.frame.samples);
    };
    node.port.postMessage('start' satisfies CaptureCommand);
  }

  static async of(source: AudioNode): Promise<Recording> {
    await source.context.audioWorklet.addModule(workletUrl);
    const node = new AudioWorkletNode(source.context, captureWorkletName, { numberOfOutputs: 0 });
    source.connect(node);
    return new Recording(node);
  }

  /** Where in the recording now is, ms. */
  nowMs(): number {
    return (this.#context.currentTime - this.#startedAt) * 1_000;
  }

  /** PCM16, mono, 24,000 Hz, so far. */
  samples(): Int16Array<ArrayBuffer> {
    const all = new Int16Array(this.#pieces.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const piece of this.#pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  }
}
