import { type CaptureCommand, type CaptureReport, captureWorkletName } from './capture-messages.ts';
import { RecordingStart } from './recording-start.ts';
import { SpeechFramer } from './speech-framer.ts';

/** A source that rests gives nothing at all; time passes all the same. */
const silentBlock = new Float32Array(128);

class CaptureProcessor extends AudioWorkletProcessor {
  readonly #framer = new SpeechFramer(sampleRate, (frame) => this.#post({ type: 'frame', frame }));
  #isCapturing = false;
  #recording: RecordingStart | undefined;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<CaptureCommand>) => {
      this.#isCapturing = data !== 'stop';
      this.#recording = data === 'record' ? new RecordingStart() : undefined;
      if (this.#isCapturing) return;
      this.#framer.finish();
      this.#post({ type: 'stopped' });
    };
  }

  override process(inputs: Float32Array[][]): boolean {
    const input = inputs[0]?.[0] ?? (this.#recording === undefined ? undefined : silentBlock);
    if (!this.#isCapturing || input === undefined) return true;
    const start = this.#recording?.push(currentFrame, input.length);
    if (start !== undefined) this.#post({ type: 'started', at: start / sampleRate });
    this.#framer.push(input);
    return true;
  }

  #post(report: CaptureReport): void {
    this.port.postMessage(report, report.type === 'frame' ? [report.frame.samples.buffer] : []);
  }
}

registerProcessor(captureWorkletName, CaptureProcessor);
