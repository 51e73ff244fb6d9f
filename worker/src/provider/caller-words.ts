/**
 * The words of the caller as they are written down, by item. The first are told at once; of more that come together, in
 * one turn of the event loop with nothing else between, only all of them: each time they are judged anew.
 */
export class CallerWords {
  readonly #tell: (itemId: string, text: string) => void;
  readonly #soFar = new Map<string, string>();
  /** The item with more words than were told. */
  #untold: string | undefined;

  /** @param tell what is told is all of the item so far */
  constructor(tell: (itemId: string, text: string) => void) {
    this.#tell = tell;
  }

  add(itemId: string, words: string): void {
    if (this.#untold !== itemId) this.flush();
    const before = this.#soFar.get(itemId);
    const text = (before ?? '') + words;
    this.#soFar.set(itemId, text);
    if (before === undefined) {
      this.#tell(itemId, text);
      return;
    }
    if (this.#untold === undefined) setImmediate(this.#flushSoon);
    this.#untold = itemId;
  }

  /** Something else happens, and must not overtake them. */
  flush(): void {
    const itemId = this.#untold;
    this.#untold = undefined;
    const text = itemId === undefined ? undefined : this.#soFar.get(itemId);
    if (itemId !== undefined && text !== undefined) this.#tell(itemId, text);
  }

  /** The item is told as a whole by whoever calls this, or never will be. */
  whole(itemId: string): void {
    this.#soFar.delete(itemId);
    this.flush();
  }

  end(): void {
    this.#soFar.clear();
  }

  readonly #flushSoon = (): void => this.flush();
}
