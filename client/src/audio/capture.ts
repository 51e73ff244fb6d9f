import workletUrl from './capture.worklet.ts?worker&url';
import { type CaptureCommand, type CaptureReport, captureWorkletName } from './capture-messages.ts';
import type { SpeechFrame } from './speech-framer.ts';

/** The microphone stays open so long after its last use: quick to talk again, and not listening all day, ms. */
const keepOpenMs = 30_000;

export type MicrophoneProblem = 'denied' | 'missing' | 'busy' | 'unsupported';

/** Why there is no microphone. */
export class MicrophoneError extends Error {
  readonly problem: MicrophoneProblem;

  constructor(problem: MicrophoneProblem, cause?: unknown) {
    super(`microphone ${problem}`, { cause });
    this.problem = problem;
  }
}

interface Microphone {
  stream: MediaStream;
  port: MessagePort;
  disconnect(): void;
}

/** The microphone of a call. */
export class Capture {
  readonly #onFrame: (frame: SpeechFrame) => void;
  readonly #onLost: () => void;
  #microphone: Promise<Microphone> | undefined;
  #closeTimer: ReturnType<typeof setTimeout> | undefined;
  #stopped: (() => void) | undefined;
  #failedLoads = 0;

  /** `onFrame` receives 20 ms frames between `start` and `stop`; `onLost` that the device was taken away. */
  constructor(onFrame: (frame: SpeechFrame) => void, onLost: () => void) {
    this.#onFrame = onFrame;
    this.#onLost = onLost;
  }

  /** Opens the microphone, asking for leave where needed. Throws `MicrophoneError`. Safe to repeat. */
  async open(context: AudioContext): Promise<void> {
    clearTimeout(this.#closeTimer);
    this.#microphone ??= this.#open(context);
    await this.#microphone.catch((error: unknown) => {
      this.#microphone = undefined;
      throw error;
    });
  }

  async start(): Promise<void> {
    clearTimeout(this.#closeTimer);
    this.#tell(await this.#microphone, 'start');
  }

  /** Resolves when the last frame was handed out. */
  async stop(): Promise<void> {
    const microphone = await this.#microphone;
    if (microphone === undefined) return;
    clearTimeout(this.#closeTimer);
    this.#closeTimer = setTimeout(() => this.close(), keepOpenMs);
    await new Promise<void>((resolve) => {
      this.#stopped = resolve;
      this.#tell(microphone, 'stop');
    });
  }

  /** Lets go of the microphone. */
  close(): void {
    clearTimeout(this.#closeTimer);
    this.#microphone?.then((microphone) => microphone.disconnect()).catch(() => {});
    this.#microphone = undefined;
    this.#stopped?.();
  }

  #tell(microphone: Microphone | undefined, command: CaptureCommand): void {
    microphone?.port.postMessage(command);
  }

  async #open(context: AudioContext): Promise<Microphone> {
    const stream = await askForMicrophone();
    const { source, ownContext } = connectable(context, stream);
    const letGo = () => {
      for (const track of stream.getTracks()) track.stop();
      source.disconnect();
      void ownContext?.close();
    };
    try {
      await this.#load(source.context);
      const node = new AudioWorkletNode(source.context, captureWorkletName, { numberOfOutputs: 0 });
      source.connect(node);
      node.port.onmessage = ({ data }: MessageEvent<CaptureReport>) => this.#onReport(data);
      stream.getAudioTracks()[0]?.addEventListener('ended', () => {
        this.close();
        this.#onLost();
      });
      const disconnect = () => {
        letGo();
        node.port.onmessage = null;
      };
      return { stream, port: node.port, disconnect };
    } catch (error) {
      letGo();
      throw error;
    }
  }

  async #load({ audioWorklet }: BaseAudioContext): Promise<void> {
    // What could not be loaded once, a context does not load again under the same address.
    const url = this.#failedLoads === 0 ? workletUrl : `${workletUrl}?again=${this.#failedLoads}`;
    try {
      await audioWorklet.addModule(url);
    } catch (error) {
      this.#failedLoads++;
      throw error;
    }
  }

  #onReport(report: CaptureReport): void {
    if (report.type === 'frame') this.#onFrame(report.frame);
    else if (report.type === 'stopped') this.#stopped?.();
  }
}

/** Not every browser feeds a 48,000 Hz microphone into a 24,000 Hz context; the worklet then resamples. */
function connectable(context: AudioContext, stream: MediaStream) {
  try {
    return { source: context.createMediaStreamSource(stream), ownContext: undefined };
  } catch {
    const ownContext = new AudioContext();
    return { source: ownContext.createMediaStreamSource(stream), ownContext };
  }
}

async function askForMicrophone(): Promise<MediaStream> {
  // Not there on pages served without TLS from another host than this one.
  if (navigator.mediaDevices === undefined) throw new MicrophoneError('unsupported');
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
    });
  } catch (error) {
    throw new MicrophoneError(problemOf(error), error);
  }
}

function problemOf(error: unknown): MicrophoneProblem {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied';
  if (name === 'NotReadableError' || name === 'AbortError') return 'busy';
  return 'missing';
}
