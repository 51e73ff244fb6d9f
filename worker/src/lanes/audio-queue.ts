/** Audio waiting in order; taken in pieces of any size without copying where one buffer holds the piece. */
export class AudioQueue {
  #buffers: Buffer[] = [];
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  push(pcm: Buffer): void {
    this.#buffers.push(pcm);
    this.#bytes += pcm.length;
  }

  /** The next `bytes` of it, or what there is. */
  take(bytes: number): Buffer {
    const parts: Buffer[] = [];
    let missing = Math.min(bytes, this.#bytes);
    this.#bytes -= missing;
    while (missing > 0) {
      const first = this.#buffers[0]!;
      if (first.length <= missing) {
        parts.push(first);
        this.#buffers.shift();
      } else {
        parts.push(first.subarray(0, missing));
        this.#buffers[0] = first.subarray(missing);
      }
      missing -= Math.min(first.length, missing);
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }

  /** Throws away all but the first `bytes`. */
  truncate(bytes: number): void {
    const kept = this.take(Math.max(0, bytes));
    this.#buffers = kept.length === 0 ? [] : [kept];
    this.#bytes = kept.length;
  }
}
