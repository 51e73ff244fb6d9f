import { randomFillSync } from 'node:crypto';

const stockBytes = 4096;

/** Random bytes drawn ahead: asking for twelve at a time costs as much as the rest of a transcript's encryption. */
export class RandomStock {
  readonly #size: number;
  readonly #drawn: Buffer;
  #used: number;

  /** @param size how many bytes are taken at a time */
  constructor(size: number) {
    this.#size = size;
    this.#drawn = Buffer.alloc(size * Math.floor(stockBytes / size));
    this.#used = this.#drawn.length;
  }

  /** Never the same twice; nothing of them stays here. */
  take(): Buffer {
    if (this.#used === this.#drawn.length) {
      randomFillSync(this.#drawn);
      this.#used = 0;
    }
    const from = this.#used;
    this.#used += this.#size;
    const stock = this.#drawn.subarray(from, this.#used);
    const taken = Buffer.from(stock);
    stock.fill(0);
    return taken;
  }
}
