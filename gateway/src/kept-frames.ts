/** A worker that lets the watermark lie for longer than this gets no more of what was before. */
const maxAgeMs = 60_000;
/** A minute of audio as JSON. */
const maxBytes = 4 * 1024 * 1024;

export interface KeptFrame {
  readonly number: number;
  readonly payload: Buffer;
  readonly isBinary: boolean;
  readonly atMs: number;
}

/**
 * The frames of one client that a worker may have to be told again: all after the watermark, which the worker moves on
 * as their words become text, bounded in time and bytes.
 */
export class KeptFrames {
  #frames: KeptFrame[] = [];
  /** Index of the oldest that is kept; what is before it is thrown away now and then. */
  #head = 0;
  #bytes = 0;
  #watermark = 0;

  /** Frames after the watermark that are not there any more. */
  get lost(): number {
    const first = this.#frames[this.#head];
    return first === undefined ? 0 : first.number - this.#watermark - 1;
  }

  get bytes(): number {
    return this.#bytes;
  }

  push(frame: KeptFrame): void {
    this.#frames.push(frame);
    this.#bytes += frame.payload.length;
    while (this.#bytes > maxBytes || this.#frames[this.#head]!.atMs < frame.atMs - maxAgeMs) this.#drop();
  }

  /** The worker needs no frame up to that one any more. */
  acknowledged(number: number): void {
    this.#watermark = Math.max(this.#watermark, number);
    while (this.#head < this.#frames.length && this.#frames[this.#head]!.number <= number) this.#drop();
  }

  all(): readonly KeptFrame[] {
    return this.#frames.slice(this.#head);
  }

  #drop(): void {
    this.#bytes -= this.#frames[this.#head]!.payload.length;
    this.#head++;
    if (this.#head < 64 || this.#head * 2 < this.#frames.length) return;
    this.#frames = this.#frames.slice(this.#head);
    this.#head = 0;
  }
}
