import { type AgentSound, BargeInDetector } from '../audio/barge-in-detector.ts';
import { Capture } from '../audio/capture.ts';
import { ChunkBatch } from '../audio/chunk-batch.ts';
import { meterLevel } from '../audio/level.ts';
import type { SpeechFrame } from '../audio/speech-framer.ts';

/** Audio a message carries when it is sent as bytes, ms. */
const chunkMs = 40;

interface MicrophoneUse {
  onChunk(samples: Int16Array): void;
  /** The caller speaks over the agent, or right after it. */
  onBargeIn(): void;
  /** The device was taken away. */
  onLost(): void;
  agentSound(): AgentSound;
}

/** The microphone as the page uses it: sends chunks, shows a level and notices an interruption. */
export class Microphone {
  /** Whether speech is listened for while the agent speaks, and right after. */
  noticesBargeIn = false;

  readonly #use: MicrophoneUse;
  readonly #batch: ChunkBatch;
  readonly #capture: Capture;
  readonly #detector = new BargeInDetector();
  #level = 0;

  constructor(use: MicrophoneUse) {
    this.#use = use;
    this.#batch = new ChunkBatch(chunkMs, (samples) => use.onChunk(samples));
    this.#capture = new Capture(
      (frame) => this.#onFrame(frame),
      () => use.onLost(),
    );
  }

  /** How full a level meter stands, 0 to 1. */
  get level(): number {
    return this.#level;
  }

  /** Opens the microphone. Throws `MicrophoneError`. */
  open(context: AudioContext): Promise<void> {
    return this.#capture.open(context);
  }

  /** Sends from now on. */
  start(): Promise<void> {
    return this.#capture.start();
  }

  /** Resolves when the last of what was said is sent. */
  async stop(): Promise<void> {
    await this.#capture.stop();
    this.#batch.flush();
    this.#level = 0;
  }

  close(): void {
    this.#capture.close();
    this.#level = 0;
  }

  #onFrame({ samples, rms }: SpeechFrame): void {
    this.#level = meterLevel(rms);
    const isBargeIn = this.#detector.hears(rms, this.#use.agentSound());
    this.#batch.add(samples);
    if (isBargeIn && this.noticesBargeIn) this.#use.onBargeIn();
  }
}
