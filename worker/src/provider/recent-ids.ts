/** A service that repeats an event does so soon. */
const remembered = 64;

/** Tells events that were seen before from new ones. */
export class RecentIds {
  readonly #ring = new Array<string>(remembered);
  readonly #ids = new Set<string>();
  #at = 0;

  /** True the first time; an event without an id is always new. */
  isNew(id: string | undefined): boolean {
    if (id === undefined) return true;
    if (this.#ids.has(id)) return false;
    this.#ids.delete(this.#ring[this.#at]!);
    this.#ring[this.#at] = id;
    this.#ids.add(id);
    this.#at = (this.#at + 1) % remembered;
    return true;
  }
}
