/** A service that repeats an event does so soon. */
const remembered = 64;

/** Tells events that were seen before from new ones: the last 64, and up to as many before them. */
export class RecentIds {
  #newest = new Set<string>();
  #older = new Set<string>();

  /** True the first time; an event without an id is always new. */
  isNew(id: string | undefined): boolean {
    if (id === undefined) return true;
    if (this.#newest.has(id) || this.#older.has(id)) return false;
    this.#newest.add(id);
    if (this.#newest.size === remembered) {
      this.#older = this.#newest;
      this.#newest = new Set();
    }
    return true;
  }
}
