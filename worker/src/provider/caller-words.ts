/**
 * The words of the caller as they are written down, by item. The first are told at once; of more that come in one turn of
 * the event loop only all of them: each time they are judged anew.
 */
export class CallerWords {
  readonly #tell: (itemId: string, text: string) => void;
  readonly #soFar = new Map<string, string>();
  /** Items with more words than were told. */
  readonly #untold = new Set<string>();

  /** @param tell what is told is all of the item so far */
  constructor(tell: (itemId: string, text: string) => void) {
    this.#tell = tell;
  }

  add(itemId: string, words: string): void {
    const before = this.#soFar.get(itemId);
    const text = (before ?? '') + words;
    this.#soFar.set(itemId, text);
    if (before === undefined) {
      this.#tell(itemId, text);
      return;
    }
    if (this.#untold.size === 0) setImmediate(this.#tellUntold);
    this.#untold.add(itemId);
  }

  /** The item is told as a whole, or never will be. */
  whole(itemId: string): void {
    this.#soFar.delete(itemId);
  }

  end(): void {
    this.#soFar.clear();
  }

  readonly #tellUntold = (): void => {
    const items = [...this.#untold];
    this.#untold.clear();
    for (const itemId of items) {
      const text = this.#soFar.get(itemId);
      if (text !== undefined) this.#tell(itemId, text);
    }
  };
}
