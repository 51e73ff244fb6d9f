import { ByteRing } from '@vjj/shared/byte-ring.ts';

/** A worker that lets the watermark lie for longer than this gets no more of what was before. */
const maxAgeMs = 60_000;
/** About a minute of audio as JSON. */
const maxBytes = 4 * 1024 * 1024;

export interface KeptFrame {
  readonly number: number;
  readonly payload: Buffer;
  readonly isBinary: boolean;
  readonly atMs: number;
}

type Label = Omit<KeptFrame, 'payload'>;

/**
 * The frames of one client that a worker may have to be told again: all after the watermark, which the worker moves on
 * as their words become text, bounded in time and bytes.
 */
export class KeptFrames {
  readonly #frames = new ByteRing<Label>(maxBytes);
  #watermark = 0;

  /** Frames after the watermark that are not there any more. */
  get lost(): number {
    const first = this.#frames.oldest;
    return first === undefined ? 0 : first.number - this.#watermark - 1;
  }

  /** Memory that is held for them. */
  get bytes(): number {
    return this.#frames.capacity;
  }

  push({ payload, number, isBinary, atMs }: KeptFrame): void {
    this.#frames.push(payload, { number, isBinary, atMs });
    this.#frames.dropWhile((oldest) => oldest.atMs < atMs - maxAgeMs);
  }

  /** The worker needs no frame up to that one any more. */
  acknowledged(number: number): void {
    this.#watermark = Math.max(this.#watermark, number);
    this.#frames.dropWhile((oldest) => oldest.number <= number);
  }

  /** Oldest first; their payloads are good until the next change. */
  all(): readonly KeptFrame[] {
    return this.#frames.all().map(({ bytes, label }) => ({ ...label, payload: bytes }));
  }
}
