import { ByteRing } from '@vjj/shared/byte-ring.ts';

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

type Label = Omit<KeptFrame, 'payload'>;

/**
 * The frames of one client that a worker may have to be told again: all after the watermark, which the worker moves on
 * as their words become text, bounded in time and bytes.
 */
export class KeptFrames {
  readonly #bytes = new ByteRing(maxBytes);
  /** One for each piece of the ring. */
  #labels: Label[] = [];
  /** Index of the oldest that is kept; what is before it is thrown away now and then. */
  #head = 0;
  #watermark = 0;

  /** Frames after the watermark that are not there any more. */
  get lost(): number {
    const first = this.#labels[this.#head];
    return first === undefined ? 0 : first.number - this.#watermark - 1;
  }

  /** Memory that is held for them. */
  get bytes(): number {
    return this.#bytes.capacity;
  }

  push({ payload, number, isBinary, atMs }: KeptFrame): void {
    while (!this.#bytes.push(payload)) this.#drop();
    this.#labels.push({ number, isBinary, atMs });
    while (this.#labels[this.#head]!.atMs < atMs - maxAgeMs) this.#drop();
  }

  /** The worker needs no frame up to that one any more. */
  acknowledged(number: number): void {
    this.#watermark = Math.max(this.#watermark, number);
    while (this.#head < this.#labels.length && this.#labels[this.#head]!.number <= number) this.#drop();
  }

  /** Oldest first; their payloads are good until the next change. */
  all(): readonly KeptFrame[] {
    const payloads = this.#bytes.all();
    return this.#labels.slice(this.#head).map((label, i) => ({ ...label, payload: payloads[i]! }));
  }

  #drop(): void {
    this.#bytes.drop();
    this.#head++;
    if (this.#head < 64 || this.#head * 2 < this.#labels.length) return;
    this.#labels = this.#labels.slice(this.#head);
    this.#head = 0;
  }
}
