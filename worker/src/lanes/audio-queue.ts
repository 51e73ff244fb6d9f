import { blockBytes, giveBackBlock, takeBlock } from '@vjj/shared/blocks.ts';

/** What was taken last of any queue; used again. It holds a second and a third. */
const taken = Buffer.allocUnsafeSlow(64 * 1024);

/** Audio waiting in order; taken in pieces of any size. */
export class AudioQueue {
  /** Full ones, but for the last. */
  #blocks: Buffer[] = [];
  /** Where what is kept begins in the first block. */
  #begin = 0;
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** Copies the audio. */
  push(pcm: Buffer): void {
    let from = 0;
    while (from < pcm.length) {
      const end = this.#begin + this.#bytes;
      if (end === this.#blocks.length * blockBytes) this.#blocks.push(takeBlock());
      const at = end % blockBytes;
      const copied = Math.min(pcm.length - from, blockBytes - at);
      pcm.copy(this.#blocks.at(-1)!, at, from, from + copied);
      from += copied;
      this.#bytes += copied;
    }
  }

  /**
   * The next `bytes` of it, or what there is.
   * @returns good until more is taken of any queue
   */
  take(bytes: number): Buffer {
    const length = Math.min(bytes, this.#bytes);
    const piece = length <= taken.length ? taken.subarray(0, length) : Buffer.allocUnsafe(length);
    let at = 0;
    while (at < length) {
      const end = Math.min(this.#begin + length - at, blockBytes);
      at += this.#blocks[0]!.copy(piece, at, this.#begin, end);
      this.#begin = end;
      if (end < blockBytes) continue;
      giveBackBlock(this.#blocks.shift()!);
      this.#begin = 0;
    }
    this.#bytes -= length;
    if (this.#bytes === 0) this.truncate(0);
    return piece;
  }

  /** Throws away all but the first `bytes`. */
  truncate(bytes: number): void {
    this.#bytes = Math.max(0, Math.min(bytes, this.#bytes));
    if (this.#bytes === 0) this.#begin = 0;
    const needed = Math.ceil((this.#begin + this.#bytes) / blockBytes);
    for (const block of this.#blocks.splice(needed)) giveBackBlock(block);
  }
}
