import { type CaptureCommand, type CaptureReport, captureWorkletName } from './capture-messages.ts';
import { SpeechFramer } from './speech-framer.ts';

class CaptureProcessor extends AudioWorkletProcessor {
  readonly #framer = new SpeechFramer(sampleRate, (frame) => this.#post({ type: 'frame', frame }));
  #isCapturing = false;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<CaptureCommand>) => {
      this.#isCapturing = data === 'start';
      if (this.#isCapturing) return;
      this.#framer.finish();
      this.#post({ type: 'stopped' });
    };
  }

  override process(inputs: Float32Array[][]): boolean {
    const input = inputs[0]?.[0];
    if (this.#isCapturing && input !== undefined) this.#framer.push(input);
    return true;
  }

  #post(report: CaptureReport): void {
    this.port.postMessage(report, report.type === 'frame' ? [report.frame.samples.buffer] : []);
  }
}

registerProcessor(captureWorkletName, CaptureProcessor);
