import { blockBytes, giveBackBlock, takeBlock } from './blocks.ts';

/** Enough for a few messages; most of a quiet call never need more. */
const smallBytes = 4 * 1024;

/** Memory that pieces lie in one behind the other. */
interface Stretch {
  readonly memory: Buffer;
  usedBytes: number;
  /** How many pieces of it are kept. */
  pieces: number;
}

/** Where a piece lies, and what its owner knows of it. */
interface Place<Label> {
  readonly stretch: Stretch;
  readonly at: number;
  readonly bytes: number;
  readonly label: Label;
}

export interface Piece<Label> {
  readonly bytes: Buffer;
  readonly label: Label;
}

/**
 * Keeps pieces of bytes, first in, first out, in memory that is used again. Kept as they came, each piece would be
 * memory of its own that outlives the young generation, which costs the garbage collector most.
 */
export class ByteRing<Label = undefined> {
  readonly #mostBytes: number;
  #stretches: Stretch[] = [];
  #capacity = 0;
  #pieces: Place<Label>[] = [];
  /** Index of the oldest that is kept; what is before it is thrown away now and then. */
  #head = 0;

  /** @param mostBytes of memory */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** Bytes of memory it holds. */
  get capacity(): number {
    return this.#capacity;
  }

  get isEmpty(): boolean {
    return this.#head === this.#pieces.length;
  }

  /** What is known of the oldest piece. */
  get oldest(): Label | undefined {
    return this.#pieces[this.#head]?.label;
  }

  /** Forgets the oldest, as long as there is no need for it. */
  dropWhile(isNeedless: (oldest: Label) => boolean): void {
    while (!this.isEmpty && isNeedless(this.#pieces[this.#head]!.label)) this.drop();
  }

  /** Copies the bytes in behind the others; the oldest go when there is no room else. One that is longer than all is not kept. */
  push(bytes: Uint8Array, label: Label): void {
    const stretch = this.#stretchFor(bytes.length);
    if (stretch === undefined) return;
    const at = stretch.usedBytes;
    stretch.memory.set(bytes, at);
    stretch.usedBytes += bytes.length;
    stretch.pieces++;
    this.#pieces.push({ stretch, at, bytes: bytes.length, label });
  }

  /** Forgets the oldest; of an empty ring, nothing. */
  drop(): void {
    if (this.isEmpty) return;
    const { stretch } = this.#pieces[this.#head]!;
    this.#head++;
    if (this.isEmpty) {
      this.clear();
      return;
    }
    if (--stretch.pieces === 0) this.#forget(this.#stretches.shift()!);
    if (this.#head >= 64 && this.#head * 2 >= this.#pieces.length) {
      this.#pieces = this.#pieces.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Forgets everything, and holds no memory any more. */
  clear(): void {
    if (this.#pieces.length === 0) return;
    for (const stretch of this.#stretches) this.#forget(stretch);
    this.#stretches = [];
    this.#pieces = [];
    this.#head = 0;
  }

  /** The pieces, oldest first: views that are good until the ring is changed. */
  all(): Piece<Label>[] {
    return this.#pieces
      .slice(this.#head)
      .map(({ stretch, at, bytes, label }) => ({ bytes: stretch.memory.subarray(at, at + bytes), label }));
  }

  /** Where so many bytes can lie in one piece behind the newest. */
  #stretchFor(bytes: number): Stretch | undefined {
    const newest = this.#stretches.at(-1);
    if (newest !== undefined && newest.memory.length - newest.usedBytes >= bytes) return newest;
    const needed = newest === undefined && bytes <= smallBytes ? smallBytes : Math.max(blockBytes, bytes);
    while (this.#capacity + needed > this.#mostBytes) {
      if (this.isEmpty) return undefined;
      this.drop();
    }
    const memory = needed === blockBytes ? takeBlock() : Buffer.allocUnsafeSlow(needed);
    const stretch = { memory, usedBytes: 0, pieces: 0 };
    this.#capacity += memory.length;
    this.#stretches.push(stretch);
    return stretch;
  }

  #forget({ memory }: Stretch): void {
    this.#capacity -= memory.length;
    if (memory.length === blockBytes) giveBackBlock(memory);
  }
}
