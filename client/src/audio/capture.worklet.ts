import { type CaptureCommand, type CaptureReport, captureWorkletName } from './capture-messages.ts';
import { SpeechFramer } from './speech-framer.ts';

/** A source that rests gives nothing at all; time passes all the same. */
const silentBlock = new Float32Array(128);

class CaptureProcessor extends AudioWorkletProcessor {
  readonly #framer = new SpeechFramer(sampleRate, (frame) => this.#post({ type: 'frame', frame }));
  #isCapturing = false;
  #isRecording = false;
  #hasBegun = false;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<CaptureCommand>) => {
      this.#isCapturing = data !== 'stop';
      this.#isRecording = data === 'record';
      this.#hasBegun &&= this.#isCapturing;
      if (this.#isCapturing) return;
      this.#framer.finish();
      this.#post({ type: 'stopped' });
    };
  }

  override process(inputs: Float32Array[][]): boolean {
    const input = inputs[0]?.[0] ?? (this.#isRecording ? silentBlock : undefined);
    if (!this.#isCapturing || input === undefined) return true;
    if (!this.#hasBegun) this.#post({ type: 'started', at: currentTime });
    this.#hasBegun = true;
    this.#framer.push(input);
    return true;
  }

  #post(report: CaptureReport): void {
    this.port.postMessage(report, report.type === 'frame' ? [report.frame.samples.buffer] : []);
  }
}

registerProcessor(captureWorkletName, CaptureProcessor);
