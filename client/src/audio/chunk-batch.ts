import { sampleRate } from '@vjj/shared/protocol/messages.ts';

/** Joins short frames into chunks of `chunkMs`, so that a call sends fewer messages. */
export class ChunkBatch {
  readonly #chunk: Int16Array;
  readonly #send: (samples: Int16Array) => void;
  #filled = 0;

  constructor(chunkMs: number, send: (samples: Int16Array) => void) {
    this.#chunk = new Int16Array((sampleRate / 1_000) * chunkMs);
    this.#send = send;
  }

  add(frame: Int16Array): void {
    for (let rest = frame; rest.length > 0; ) {
      const taken = rest.subarray(0, this.#chunk.length - this.#filled);
      this.#chunk.set(taken, this.#filled);
      this.#filled += taken.length;
      rest = rest.subarray(taken.length);
      if (this.#filled === this.#chunk.length) this.flush();
    }
  }

  /** Sends what is there, shorter than a chunk. */
  flush(): void {
    if (this.#filled === 0) return;
    this.#send(this.#chunk.slice(0, this.#filled));
    this.#filled = 0;
  }
}
