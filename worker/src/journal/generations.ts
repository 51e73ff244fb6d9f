/**
 * Which resume tokens of a session are good. Each connection hands out the next; the one before stays good until the
 * client's first message on the new connection, so that a greeting that was lost on the way locks nobody out.
 */
export class Generations {
  #newest: number;
  #oldestGood: number;

  constructor(newest = 0, oldestGood = 1) {
    this.#newest = newest;
    this.#oldestGood = oldestGood;
  }

  get newest(): number {
    return this.#newest;
  }

  get oldestGood(): number {
    return this.#oldestGood;
  }

  /** Signed tokens only: one that is newer than we know was handed out by a worker that could not write it down. */
  accepts(generation: number): boolean {
    return generation >= this.#oldestGood;
  }

  /**
   * A new connection; the generation it hands out.
   * @param used the generation it came with
   */
  connected(used = 0): number {
    this.#newest = Math.max(this.#newest, used) + 1;
    return this.#newest;
  }

  /** A client message on the newest connection: its token has arrived. */
  confirmed(): void {
    this.#oldestGood = this.#newest;
  }
}
